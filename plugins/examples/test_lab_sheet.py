def test_redelivery_adds_no_second_row(gz, tmp_path):
    sheet = tmp_path / "lab.csv"
    target = gz.target("lab_sheet.py", path=sheet)
    event = gz.event("new", title="S288C reads", license="CC0")
    target.deliver(event)
    target.deliver(event)
    assert sheet.read_text().count("S288C") == 1
