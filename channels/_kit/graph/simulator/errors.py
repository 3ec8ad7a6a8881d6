"""Refusals in the Graph API's shape, and those every Graph host has."""

from __future__ import annotations

from typing import Any

Json = dict[str, Any]


class GraphError(Exception):
    """An answer that is no success. `details` is where WhatsApp says what exactly is wrong."""

    def __init__(
        self,
        code: int,
        message: str,
        details: str = "",
        subcode: int = 0,
        status: int = 400,
        kind: str = "OAuthException",
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.details = details
        self.subcode = subcode
        self.status = status
        self.kind = kind

    def body(self, trace: str, product: str = "") -> Json:
        """The JSON; `trace` names the request, `product` whose error_data carries the details."""
        words = f"{self.message}: {self.details}" if self.details and not product else self.message
        error: Json = {"message": words, "type": self.kind, "code": self.code}
        if self.subcode:
            error["error_subcode"] = self.subcode
        if self.details and product:
            error["error_data"] = {"messaging_product": product, "details": self.details}
        if self.code in (1, 2, 4, 17, 80006, 80007):
            error["is_transient"] = True
        error["fbtrace_id"] = trace
        return {"error": error}


_TOKEN_WORDS = {
    0: "Invalid OAuth access token - Cannot parse access token",
    458: "Error validating access token: The user has not authorized application",
    460: "Error validating access token: The session has been invalidated because the user "
    "changed their password or Facebook has changed the session for security reasons.",
    463: "Error validating access token: Session has expired",
    467: "Error validating access token: The session is invalid because the user logged out.",
}


def bad_token(subcode: int = 0) -> GraphError:
    """190; the subcode says why: 458 deauthorised, 460 password changed, 463 expired."""
    return GraphError(190, _TOKEN_WORDS.get(subcode, _TOKEN_WORDS[0]), subcode=subcode, status=401)


def no_token() -> GraphError:
    """104."""
    return GraphError(104, "An access token is required to request this resource.", status=401)


def not_permitted(scope: str, code: int = 200) -> GraphError:
    """200 (or 10): the token lacks a permission."""
    words = f"(#{code}) Requires {scope} permission to manage the object"
    return GraphError(code, words, status=403)


def too_many_calls() -> GraphError:
    """4: the app as a whole has used up its allowance."""
    return GraphError(4, "(#4) Application request limit reached", status=403)


def unknown_object(node: str, method: str) -> GraphError:
    """100/33: nothing with that id, or nothing this token may see."""
    words = (
        f"Unsupported {method.lower()} request. Object with ID '{node}' does not exist, cannot be "
        "loaded due to missing permissions, or does not support this operation."
    )
    return GraphError(100, words, subcode=33, kind="GraphMethodException")


def unknown_path(path: str) -> GraphError:
    """2500: the path leads nowhere."""
    return GraphError(2500, f"Unknown path components: /{path}")


def invalid(details: str, code: int = 100, subcode: int = 0) -> GraphError:
    """100: a parameter is wrong; says which."""
    return GraphError(code, f"(#{code}) Invalid parameter", details, subcode)
