"""A message as HTML, in a frame of a page of the panel: shown, and let to do nothing at all."""

from werkzeug.wrappers import Response

# No script, no form, nothing from elsewhere; pictures of its own come with it. Links lead nowhere from here.
POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'self'; sandbox"
)


def framed(html: str) -> Response:
    return Response(html, mimetype="text/html", headers={"Content-Security-Policy": POLICY})
