"""The Send API's errors by code and subcode: words and HTTP status."""

from __future__ import annotations

from channels._kit.graph.simulator.errors import GraphError

# (code, subcode): (words, HTTP status). Codes and meanings: the fact sheet, section 2; 2018008 and
# 2018074 are from memory.
ERRORS: dict[tuple[int, int], tuple[str, int]] = {
    (1, 0): ("An unknown error occurred.", 500),
    (2, 0): ("Service temporarily unavailable", 503),
    (4, 0): ("Application request limit reached", 403),
    (10, 0): ("Application does not have permission for this action", 403),
    (10, 1893063): ("This Page is temporarily restricted from sending messages.", 403),
    (10, 2018065): ("This message is sent outside of allowed window.", 403),
    (10, 2018108): ("This Person Cannot Receive Messages: they turned them off.", 403),
    (10, 2018300): (  # as reported: pymessenger 93
        "Message failed to send because another app is controlling this thread now.",
        403,
    ),
    (10, 2018278): ("This message is sent outside of allowed window.", 403),
    (10, 2534022): ("This message is sent outside of allowed window.", 403),
    (17, 0): ("User request limit reached", 403),
    (32, 0): ("Page request limit reached", 403),
    (100, 0): ("Invalid parameter", 400),
    (100, 2018001): ("No matching user found", 400),
    (100, 2018008): ("Failed to fetch the file from the url", 400),
    (100, 2018047): ("Upload attachment failure. Does the type match the file?", 400),
    (100, 2018074): ("The attachment id is unknown or has expired.", 400),
    (190, 0): ("Invalid OAuth access token.", 401),
    (200, 0): ("Requires permission to manage the object", 403),
    (200, 1545041): ("Message Not Sent: This person isn't available right now.", 403),
    (368, 0): ("The action attempted has been deemed abusive or is otherwise disallowed", 403),
    (551, 1545041): ("This person isn't available right now.", 400),
    (613, 0): ("Calls to this api have exceeded the rate limit.", 403),
    (1200, 0): ("Temporary send message failure. Please try again later.", 500),
    (80006, 0): ("There have been too many calls to this Messenger account.", 403),
    (2300052, 0): ("This person is not available for marketing messages.", 400),
}


def refusal(code: int, subcode: int = 0, words: str = "") -> GraphError:
    """The error as an answer."""
    usual, status = ERRORS.get((code, subcode)) or ERRORS.get((code, 0)) or (f"Error {code}", 400)
    return GraphError(code, f"(#{code}) {words or usual}", subcode=subcode, status=status)
