package dev.holdfast.node.http;

/** Maps method and path to a handler. Filled before the server starts, read-only afterwards. */
public interface Router {
  /**
   * @param method e.g. {@code GET}, which answers HEAD too when nothing else does
   * @param template segments in braces match one segment, percent-decoded: {@code
   *     /v1/sessions/{id}/keepalive}; a last segment {@code {key...}} matches the rest of the raw
   *     path, one or more segments, decoded as a whole: {@code /v1/objects/{key...}}
   */
  void add(String method, String template, RouteHandler handler);
}
