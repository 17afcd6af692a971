"""What a cold browser has to fetch before one can work: counted, not timed."""

from collections.abc import Callable

from playwright.sync_api import Page

from tests.browser.flows import sign_in

MOST_REQUESTS = 12
MOST_BYTES = 150_000
MOST_SCRIPT = 60_000


def test_first_page_is_light(tab: Callable[..., Page]) -> None:
    """From the sign-in page to the first page of work with an empty cache, as it comes over the wire."""
    page = tab()
    wire = page.context.new_cdp_session(page)
    kinds: dict[str, str] = {}
    weights: dict[str, float] = {}
    cached: set[str] = set()

    def note_answer(event: dict) -> None:  # type: ignore[type-arg]
        kinds[event["requestId"]] = event["type"]
        if event["response"].get("fromDiskCache") or event["response"].get("fromPrefetchCache"):
            cached.add(event["requestId"])

    wire.on("Network.responseReceived", note_answer)
    wire.on("Network.requestServedFromCache", lambda event: cached.add(event["requestId"]))
    wire.on(
        "Network.loadingFinished",
        lambda event: weights.update({event["requestId"]: event["encodedDataLength"]}),
    )
    wire.send("Network.enable")
    sign_in(page)
    page.wait_for_load_state("networkidle")

    fetched = {each: weight for each, weight in weights.items() if each not in cached and each in kinds}
    script = sum(weight for each, weight in fetched.items() if kinds[each] == "Script")
    assert script > 10_000, "The script was not seen."
    assert len(fetched) <= MOST_REQUESTS, fetched
    assert sum(fetched.values()) <= MOST_BYTES
    assert script <= MOST_SCRIPT
