"""The doctor: what it finds out, in each way in which a tracker and a log-in can fail."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from aiohttp import web

from gazelled.clock import Clock
from gazelled.model import Call
from gazelled.testing import Fault, Simulator
from gazelled.tracker.doctor.examination import MOST_REQUESTS, Doctor
from gazelled.tracker.doctor.findings import Examination, Finding, Rating
from gazelled.tracker.login.auth import Auth, CookieAuth, LoginAuth, TokenAuth
from gazelled.tracker.sites.profiles import PROFILES, Profile

if TYPE_CHECKING:
    from .conftest import Client, Connect

TLS = Path(__file__).parent / "tls"
HERE = Profile("here", "This site", hosts=("127.0.0.1",))
DONOR = replace(HERE, name="here-donor", about="its donors", user_class="Donor", per=0.0)
LOCAL: Mapping[str, Profile] = {"here": HERE, "here-donor": DONOR, **PROFILES}
LATER = "Nothing is wrong with your settings. Try again later."
AGREES = "The clock of this machine agrees with the tracker's."
NO_MORE = "It can't read better, forum, notifications"


async def examined(client: Client, profile: Profile = HERE) -> Examination:
    """Let the doctor examine, and see that it never went too far."""
    sim = client.sim
    before = len(sim.arrivals)
    async with client.dispatcher.running():
        doctor = Doctor(
            client.dispatcher, client.clock, profile=profile, profiles=LOCAL, deadline=1.0
        )
        report = await doctor.examine()
    assert len(sim.arrivals) - before <= report.requests <= MOST_REQUESTS
    assert "limited" not in {each.verdict for each in sim.arrivals}
    return report


def bad(report: Examination) -> list[str]:
    """Return what is wrong and what to do, one after the other."""
    return [
        " → ".join(filter(None, (finding.text, finding.advice)))
        for finding in report.findings
        if finding.rating is Rating.BAD
    ]


def about(report: Examination, topic: str) -> Finding:
    """Return the finding about something."""
    (found,) = [finding for finding in report.findings if finding.about == topic]
    return found


async def test_a_token_that_works(connect: Connect) -> None:
    """Two requests tell the endpoint, the account, what a token lacks, the clock, the profile."""
    client = connect()
    report = await examined(client)
    assert client.asked == ["index", "user"]
    assert bad(report) == []
    assert about(report, "endpoint").text == "The API answers at ajax.php."
    assert about(report, "log-in").text.startswith("The token works. It can't read ")
    assert about(report, "log-in").text.endswith("these need login or cookies.")
    assert "top10" in about(report, "log-in").text
    assert about(report, "account").text == "The account is me (number 2), User."
    assert about(report, "clock").text == AGREES
    assert about(report, "profile").text == "The profile here applies: This site."
    assert report.settings == {"url": client.sim.url, "profile": "here"}
    assert report.well


async def test_a_log_in_that_works(connect: Connect, twofa: LoginAuth) -> None:
    """The log-in and one request tell all."""
    client = connect(twofa)
    report = await examined(client)
    assert client.asked == ["/login.php", "index"]
    assert bad(report) == []
    assert about(report, "log-in").text == (
        "The log-in by name and password works, and gives access to all that you may see."
    )
    assert about(report, "account").text == "The account is twofa1 (number 8), User."


def cookies(folder: Path, session: str) -> CookieAuth:
    """Write a browser's cookies."""
    file = folder / "cookies.txt"
    lines = [
        f"127.0.0.1\tFALSE\t/\tTRUE\t0\t{pair}" for pair in (f"session\t{session}", "userid\t2")
    ]
    file.write_text("\n".join(["# Netscape HTTP Cookie File", *lines, ""]))
    return CookieAuth(file)


async def test_cookies_that_work(connect: Connect, me: LoginAuth, tmp_path: Path) -> None:
    """One request tells all."""
    first = connect(me)
    await first.ask("index")
    assert first.session._log_in.cookies
    client = connect(cookies(tmp_path, first.session._log_in.cookies["session"]))
    client.limiter.pause(20)
    report = await examined(client)
    assert (bad(report), report.requests) == ([], 1)
    assert (
        about(report, "log-in").text == "The cookies work, and give access to all that you may see."
    )


REVOKED = (
    "The tracker says 'token revoked'. Only the oldest token of a user works: delete the others "
    "in your profile, or make a new one and put it in the config."
)
NOT_FINAL = (
    "The tracker says 'invalid token format'. After a restart it says so of every token until its "
    "operators have unlocked it, so gazelled keeps trying; if the website works for you, check the "
    "token."
)
DISABLED = "The tracker says that your account is disabled. Ask its staff before you go on."
BANNED = "The tracker has banned this address. Ask its staff before you go on."
NOT_WHOLE = (
    "A token of this kind of site has 118 letters, digits, - and _, and yours doesn't: copy it "
    "again, completely."
)
SILENT = (
    "127.0.0.1 fails without a message: 500 Internal Server Error. Its database is down, or the "
    "token isn't one of its own. → Try again later; then make a new token."
)
NOT_AS = "URL/ajax.php answers, but not like the API of Gazelle: "
CHECK_URL = " → Check url in [tracker]. If it is right, something is wrong at the tracker."
REFUSED_FOR_LIMIT = (
    "The tracker refuses for its rate limit, although gazelled kept to it: rate limit exceeded."
)
LIMIT = (
    " → Another client uses this account's rate limit, a browser or another program. Wait a minute "
    "and try again."
)
EVEN = "The tracker refuses even index, which everyone may request: "
STAFF = " → Ask its staff, or try again later."
THIRTY = " → It asks for a pause of 30 seconds: try again then."
FRONT_PAGE = (
    " → Check url in [tracker]: it is the address of the site's front page. If it is right, the "
    "site is being worked on, or doesn't run Gazelle."
)
FAULTS = {
    Fault.BAD_GATEWAY: f"127.0.0.1 can't answer now: 502 Bad Gateway. → {LATER}",
    Fault.FORBIDDEN: (
        "The tracker forbids access (403) and says: 403 Forbidden ⸬ BioTorrents.de Your client "
        "asks too often. Write to staff@biotorrents.de."
    ),
    Fault.ECHO: "The tracker forbids access (403) and says: Blocked Header: Bearer [redacted].",
    Fault.RETRY_AFTER: f"127.0.0.1 can't answer now: 503 Service Unavailable.{THIRTY}",
    Fault.TOO_MANY: (REFUSED_FOR_LIMIT + LIMIT),
    Fault.HTML: (
        "There is no API of Gazelle at URL, or not now (ajax.php: a page, “Maintenance ⸬ "
        "BioTorrents.de We are moving disks.”; api.php: a page, “Maintenance ⸬ BioTorrents.de We "
        "are moving disks.”)." + FRONT_PAGE
    ),
    Fault.REDIRECT_ELSEWHERE: (
        "URL/ajax.php is not the address of the API: it redirects to ELSEWHERE; if it has moved, "
        "change url in [tracker]. → Check url in [tracker]; nothing was sent to the other place."
    ),
    Fault.ORIGIN_DOWN: (
        "127.0.0.1 can't answer now: 521 Web Server Is Down, says the gateway in front of the "
        f"site. → {LATER}"
    ),
    Fault.CHALLENGE: (
        "Cloudflare in front of the site checks for browsers (“Just a moment...”), which no "
        "program passes; if that stays, ask the site's operators to let ajax.php through."
    ),
    Fault.LARGE_HEADERS: (
        "URL can't be reached: the head of its answer is larger than 64 KiB, more than browsers "
        "take: something in front of the tracker adds to it; inform its operators."
    ),
    Fault.HANG: (
        "URL can't be reached: no answer within 1 seconds. → Check url in [tracker] and your "
        "network; if both are right, try again later."
    ),
    Fault.DROP: (
        "URL can't be reached: it closed the connection without an answer. → Check url in "
        "[tracker] and your network; if both are right, try again later."
    ),
    Fault.DATABASE_DOWN: SILENT,
    Fault.DATABASE_KEY: NOT_FINAL,
    Fault.BAD_SCHEME: (
        'The tracker doesn\'t take this kind of Authorization header. Set scheme = "Bearer" in '
        "[tracker] and check that the token is one word."
    ),
    Fault.BAD_TOKEN_FORMAT: NOT_FINAL,
    Fault.MALFORMED_TOKEN: SILENT,
    Fault.TOKEN_MISMATCH: (
        "The tracker no longer knows this token. Make a new one in your profile and put it "
        "in the config."
    ),
    Fault.TOKEN_REVOKED: REVOKED,
    Fault.USER_DISABLED: DISABLED,
    Fault.ADDRESS_BANNED: BANNED,
    Fault.SESSION_LOST: (
        "The tracker doesn't know this token and redirects to its log-in page. → Make a new token "
        "in your profile, or use login or cookies in [tracker]."
    ),
    Fault.RATE_LIMITED: (REFUSED_FOR_LIMIT + LIMIT),
    Fault.NEW_RATE_REFUSAL: (REFUSED_FOR_LIMIT + LIMIT),
    Fault.CACHE_DOWN: "",
    Fault.SERVER_ERROR: f"{EVEN}no reason given (500 Internal Server Error).{STAFF}",
    Fault.EMPTY_500: SILENT,
    Fault.SEARCH_DOWN: "",
    Fault.EMPTY_200: f"127.0.0.1 can't answer now: an empty answer. → {LATER}",
    Fault.NOT_JSON: f"{NOT_AS}The answer isn't JSON.{CHECK_URL}",
    Fault.CUT_OFF: f"{NOT_AS}The answer was incomplete.{CHECK_URL}",
    Fault.PHP_WARNINGS: "",
    Fault.LINE_BREAK: "",
    Fault.REWRITTEN: "",
    Fault.SLOW: "",
    Fault.WRONG_SHAPE: f"{NOT_AS}The answer isn't in the API's form.{CHECK_URL}",
    Fault.WRONG_RESPONSE: f"{NOT_AS}its answer to index names no user.{CHECK_URL}",
    Fault.TOO_LARGE: f"{NOT_AS}The answer is larger than 1 MiB.{CHECK_URL}",
    Fault.STATUS_ERROR: (
        f"{EVEN}Search returned an error. Make sure all parameters are valid and of the expected "
        f"types.{STAFF}"
    ),
    Fault.REDIRECT_SAME: "",
    # Those of forms, which nothing here sends:
    Fault.REFUSED: "",
    Fault.LOCKED_ACCOUNT: "",
    Fault.STORED_500: "",
    Fault.ANSWER_LOST: "",
}
IN_FORMS = {Fault.REFUSED, Fault.LOCKED_ACCOUNT, Fault.STORED_500, Fault.ANSWER_LOST}
"""These befall the forms of the website, of which the doctor sends none."""


@pytest.mark.parametrize("fault", [fault for fault in Fault if fault not in IN_FORMS])
async def test_names_each_failure_of_the_tracker(
    connect: Connect, sim: Simulator, fault: Fault
) -> None:
    """By token, each way in which the tracker can fail has its sentence and its remedy."""
    sim.fail(fault)
    sim.settings.huge, sim.settings.pause = 2**21, 0.1
    report = await examined(connect(largest=2**20))
    expected = FAULTS[fault].replace("URL", sim.url).replace("ELSEWHERE", sim.settings.elsewhere)
    assert bad(report) == ([expected] if expected else [])
    assert report.well is not bool(expected)


def token(sim: Simulator) -> Auth:
    """Make a token that is the oldest."""
    return TokenAuth(sim.token())


def revoked(sim: Simulator) -> Auth:
    """Revoke a token."""
    auth = TokenAuth(sim.token())
    sim.revoke()
    return auth


def second(sim: Simulator) -> Auth:
    """Make one more token."""
    sim.token()
    return TokenAuth(sim.new_token())


def disabled(sim: Simulator) -> Auth:
    """Disable the user of a token."""
    auth = TokenAuth(sim.token())
    sim.disable()
    return auth


def banned(sim: Simulator) -> Auth:
    """Ban the address."""
    sim.ban_address()
    return TokenAuth(sim.token())


def forgotten(sim: Simulator) -> Auth:
    """Remove a token."""
    auth = TokenAuth(sim.token())
    sim.forget_tokens()
    return auth


def login_of(name: str, **changed: str) -> Callable[[Simulator], Auth]:
    """Log in as a user, with something changed."""

    def make(sim: Simulator) -> Auth:
        user = sim.world.user(name)
        return replace(LoginAuth(name, user.password, user.totp), **changed)

    return make


def login_banned(sim: Simulator) -> Auth:
    """Ban the address of a log-in."""
    sim.ban_address()
    return login_of("me")(sim)


@pytest.mark.parametrize(
    ("make", "expected"),
    [
        (token, ""),
        (revoked, REVOKED),
        (second, REVOKED),
        (disabled, DISABLED),
        (banned, BANNED),
        (
            forgotten,
            (
                "The tracker no longer knows this token. Make a new one in your profile and "
                "put it in the config."
            ),
        ),
        (
            lambda _: TokenAuth("half-a-token"),
            "127.0.0.1 fails without a message: 500 Internal Server Error. → " + NOT_WHOLE,
        ),
        (lambda _: TokenAuth("x" * 118), NOT_FINAL),
        (login_of("me"), ""),
        (
            login_of("me", password="wrong-password-12345"),
            (
                "The tracker refuses user name or password: check both. It leaves 5 "
                "more attempts; gazelled makes none."
            ),
        ),
        (
            login_of("twofa1", totp="AAAA"),
            (
                "The tracker refuses the second factor: check its secret (totp), and the clock. It "
                "leaves 5 more attempts; gazelled makes none."
            ),
        ),
        (
            login_of("twofa1", totp="1"),
            "The totp secret isn't base 32: copy it again, letters and digits 2-7.",
        ),
        (login_of("disabled1"), DISABLED),
        (login_banned, BANNED),
        (
            lambda _: CookieAuth(Path("/nowhere/cookies.txt")),
            "/nowhere/cookies.txt can't be read: No such file or directory.",
        ),
    ],
)
async def test_names_each_failure_of_a_log_in(
    connect: Connect, sim: Simulator, make: Callable[[Simulator], Auth], expected: str
) -> None:
    """Each way in which a log-in can fail has its sentence, after one request."""
    report = await examined(connect(make(sim)))
    assert bad(report) == ([expected] if expected else [])
    assert report.requests <= (1 if expected else 2)


async def test_cookies_that_have_expired(connect: Connect, tmp_path: Path) -> None:
    """Old cookies are named with their file."""
    auth = cookies(tmp_path, "expired")
    assert bad(await examined(connect(auth))) == [
        (
            f"The cookies in {auth.file} no longer log in. Log in with your browser and export "
            "the cookies again."
        )
    ]


async def test_a_lock_out(connect: Connect, me: LoginAuth) -> None:
    """An address that is locked out is told what to wait for."""
    for _ in range(6):
        await connect(LoginAuth("me", "wrong-password-12345")).ask("index")
    assert bad(await examined(connect(me))) == [
        (
            "The tracker takes no log-ins from this address for a few hours, after too many failed "
            "ones. Wait that long, and check user name and password."
        )
    ]


async def test_a_doctor_that_is_asked_again_locks_nobody_out(connect: Connect) -> None:
    """Whoever calls the doctor with a wrong password ten times has three refused log-ins."""
    client = connect(LoginAuth("me", "wrong-password-12345"))
    for _ in range(10):
        async with AsyncExitStack():
            again = connect(LoginAuth("me", "wrong-password-12345"), memory=client.memory)
            await examined(again)
    assert client.asked == ["/login.php"] * 3


async def test_a_stop_is_told_and_kept(connect: Connect) -> None:
    """What waits for a person is not tried by the doctor; it says what to do."""
    client = connect()
    await client.health.stop("The tracker forbids access (403) and says: Write to us.")
    report = await examined(client)
    assert report.requests == 0
    assert bad(report) == [
        (
            "gazelled has stopped. The tracker forbids access (403) and says: Write to us. → "
            "When that is fixed: gazelled resume, then gazelled doctor once more."
        )
    ]


async def test_a_wish_to_be_left_alone_is_kept(connect: Connect) -> None:
    """What the tracker said with Retry-After holds for the doctor too."""
    client = connect()
    client.limiter.pause(600)
    report = await examined(client)
    assert (report.requests, len(bad(report))) == (0, 1)
    assert bad(report)[0] == (
        "The tracker asks for a pause of 10 more minutes. → Run gazelled doctor again then."
    )


async def test_an_outage_is_looked_into(connect: Connect) -> None:
    """Pauses of our own don't keep the doctor from looking, and it doesn't end them."""
    client = connect()
    await client.health.failed(Call("index"), "502 Bad Gateway", after=None)
    assert bad(await examined(client)) == []
    assert client.health.held_for()


async def test_the_other_endpoint(connect: Connect, stack: AsyncExitStack) -> None:
    """Where ajax.php isn't there, api.php is tried, and what to write is said."""
    there = Simulator(clock=Clock(speed=100.0), per=6.0, endpoint="api.php")
    await stack.enter_async_context(there)
    client = replace(connect(TokenAuth(there.token()), url=there.url), sim=there)
    report = await examined(client)
    assert client.asked == ["index", "index", "user"]
    assert bad(report) == []
    finding = about(report, "endpoint")
    assert finding.rating is Rating.NOTE  # gazelled uses it by itself
    assert finding.text == "The API answers at api.php, not at ajax.php."
    assert finding.advice == 'Write endpoint = "api.php" into [tracker].'
    assert report.settings["endpoint"] == "api.php"


async def test_the_other_endpoint_by_log_in(connect: Connect, stack: AsyncExitStack) -> None:
    """One log-in is enough for both."""
    there = Simulator(clock=Clock(speed=100.0), per=6.0, endpoint="api.php")
    await stack.enter_async_context(there)
    auth = LoginAuth("me", there.world.user("me").password)
    client = replace(connect(auth, url=there.url), sim=there)
    assert (await examined(client)).settings["endpoint"] == "api.php"
    assert client.asked == ["/login.php", "index", "index"]


@pytest.mark.parametrize(
    ("theirs", "ours", "text"),
    [
        (
            "Bearer",
            "token",
            (
                'The tracker wants "Bearer" before the token, and the config says "token". → Write '
                'scheme = "Bearer" into [tracker].'
            ),
        ),
        (
            "token",
            "Bearer",
            (
                'The tracker wants "token" before the token, and the config says "Bearer". → Write '
                'scheme = "token" into [tracker].'
            ),
        ),
        (
            "",
            "token",
            (
                'The tracker wants nothing before the token, and the config says "token". → Write '
                'scheme = "" into [tracker].'
            ),
        ),
    ],
)
async def test_another_scheme(
    connect: Connect, stack: AsyncExitStack, theirs: str, ours: str, text: str
) -> None:
    """A scheme that the tracker doesn't take is named with the one that works."""
    there = Simulator(clock=Clock(speed=100.0), per=6.0, scheme=theirs)
    await stack.enter_async_context(there)
    client = replace(connect(TokenAuth(there.token()), url=there.url, scheme=ours), sim=there)
    report = await examined(client)
    assert bad(report) == [text]
    assert report.settings.get("scheme", "Bearer") == theirs


async def test_a_token_that_loads_the_user(connect: Connect, stack: AsyncExitStack) -> None:
    """Where a token tells all, one request is enough."""
    there = Simulator(clock=Clock(speed=100.0), per=6.0, scheme="token")
    await stack.enter_async_context(there)
    client = replace(connect(TokenAuth(there.token()), url=there.url, scheme="token"), sim=there)
    report = await examined(client)
    assert report.requests == 1
    assert about(report, "log-in").text == "The token works, and gives as much access as cookies."


async def test_a_tracker_that_is_down(connect: Connect, sim: Simulator) -> None:
    """Nobody listens: that is the network or the address, and it is said where."""
    client = connect(url="http://127.0.0.1:9")
    (text,) = bad(await examined(client))
    assert text.startswith("http://127.0.0.1:9 can't be reached: no connection (")
    assert text.endswith(
        " → Check url in [tracker] and your network; if both are right, try again later."
    )
    assert sim.arrivals == []


async def test_a_name_that_nobody_has(connect: Connect) -> None:
    """A host that can't be looked up is a typo, or no network."""
    assert bad(await examined(connect(url="http://tracker.invalid"))) == [
        (
            "http://tracker.invalid can't be reached: the name tracker.invalid can't be looked up: "
            "no network, or a typo in url."
        )
    ]


async def test_an_address_below_the_site(connect: Connect, sim: Simulator) -> None:
    """An address that is wrong by a path leads to no API, by any way to log in."""
    assert bad(await examined(connect(url=f"{sim.url}/forum"))) == [
        (
            f"There is no API of Gazelle at {sim.url}/forum, or not now (ajax.php: 404 Not Found; "
            f"api.php: 404 Not Found).{FRONT_PAGE}"
        )
    ]
    assert bad(await examined(connect(login_of("me")(sim), url=f"{sim.url}/forum"))) == [
        f"There is no API of Gazelle at {sim.url}/forum, or not now (login.php: 404 Not Found)."
        + FRONT_PAGE
    ]


async def test_a_site_that_is_no_gazelle(connect: Connect, stack: AsyncExitStack) -> None:
    """Some other web site is named as what it isn't."""

    async def answer(_: web.Request) -> web.Response:
        return web.Response(text="<title>Cats</title>", content_type="text/html")

    app = web.Application()
    app.router.add_route("*", "/{tail:.*}", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    stack.push_async_callback(runner.cleanup)
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    port = runner.addresses[0][1]
    (text,) = bad(await examined(connect(url=f"http://127.0.0.1:{port}")))
    assert text.startswith(
        f"There is no API of Gazelle at http://127.0.0.1:{port}, or not now (ajax.php: a page, "
        "“Cats”; api.php: a page, “Cats”)."
    )


async def test_a_certificate_that_nobody_trusts(connect: Connect, stack: AsyncExitStack) -> None:
    """TLS that can't be trusted gets no token; the remedy is named."""
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain(TLS / "server.pem")
    runner = web.AppRunner(web.Application())
    await runner.setup()
    stack.push_async_callback(runner.cleanup)
    await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=tls).start()
    url = f"https://localhost:{runner.addresses[0][1]}"
    assert bad(await examined(connect(url=url))) == [
        (
            f"{url} can't be reached: its certificate isn't trusted, since its issuer is unknown; "
            "if it has its own CA, name that as ca in [tracker]."
        )
    ]


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (
            7 * 60,
            (
                "The clock of this machine is 7 minutes ahead of the tracker's. → Set the clock, "
                "best with NTP: timedatectl set-ntp true"
            ),
        ),
        (
            -60,
            (
                "The clock of this machine is 60 seconds behind the tracker's. → Set the clock, "
                "best with NTP: timedatectl set-ntp true"
            ),
        ),
    ],
)
async def test_a_clock_that_is_wrong(connect: Connect, seconds: int, text: str) -> None:
    """The tracker's Date tells; a request's way there and back doesn't."""
    time = Clock(start=datetime.now(UTC) + timedelta(seconds=seconds))
    (found,) = bad(await examined(connect(time=time, per=0.01)))
    assert found.replace("59 seconds", "60 seconds").replace("61 seconds", "60 seconds") == text


async def test_a_wrong_clock_and_a_second_factor(connect: Connect, twofa: LoginAuth) -> None:
    """When the codes are refused because of the clock, both are said."""
    time = Clock(start=datetime.now(UTC) + timedelta(minutes=7))
    assert bad(await examined(connect(twofa, time=time, per=0.01))) == [
        (
            "The tracker refuses the second factor: check its secret (totp), and the clock. It "
            "leaves 5 more attempts; gazelled makes none."
        ),
        (
            "The clock of this machine is 7 minutes ahead of the tracker's. → Set the clock, best "
            "with NTP: timedatectl set-ntp true. With such a clock the codes of the second factor "
            "are refused."
        ),
    ]


async def test_a_donor(connect: Connect, sim: Simulator) -> None:
    """The class of the user finds the profile without a limit."""
    report = await examined(connect(TokenAuth(sim.token("donor1"))))
    assert about(report, "profile").text == "The profile here-donor applies: its donors."
    assert report.settings["profile"] == "here-donor"
    assert report.well


async def test_a_donor_who_is_none(connect: Connect) -> None:
    """Whoever took the profile of donors is told that the limit holds, without meeting it."""
    client = connect(per=0.0)
    report = await examined(client, DONOR)
    assert bad(report) == [
        (
            "The profile here-donor is for users of the class Donor, and you are User: the limit "
            'holds for you. → Write profile = "here" into [tracker].'
        )
    ]
    assert report.settings == {"url": client.sim.url, "profile": "here"}
    assert min(client.sim.gaps()) >= 6.0


async def test_a_site_at_another_address(connect: Connect) -> None:
    """What a site calls itself counts where no profile is for its address."""
    report = await examined(connect(), PROFILES["gazelle"])
    assert about(report, "profile").rating is Rating.GOOD  # `here` is for this address
    client = connect()
    client.dispatcher.session.api_page.site = replace(client.site, name="127.0.0.1")
    async with client.dispatcher.running():
        doctor = Doctor(client.dispatcher, client.clock, profile=PROFILES["gazelle"], deadline=1.0)
        report = await doctor.examine()
    found = about(report, "profile")
    assert "calls itself BioTorrents.de: the profile biotorrents applies" in found.text
    assert report.settings["profile"] == "biotorrents"
    assert report.settings["name"] == "BioTorrents.de"
    assert report.well
