"""Why a watch did or did not report an item, decided again from what is stored."""
