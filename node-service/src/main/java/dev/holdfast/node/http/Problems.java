package dev.holdfast.node.http;

import java.util.LinkedHashMap;
import java.util.Map;

/** {@code application/problem+json} (RFC 9457), the shape of every error. */
final class Problems {
  static final String CONTENT_TYPE = "application/problem+json";

  private Problems() {}

  static byte[] document(ProblemException problem) {
    Map<String, Object> members = new LinkedHashMap<>();
    members.put("status", problem.status());
    members.put("code", problem.code());
    members.put("detail", problem.detail());
    members.put("next", problem.next());
    problem.members().forEach(members::putIfAbsent);
    return JsonText.write(members);
  }

  static ProblemException noRoute(String method, String path) {
    return new ProblemException(
        404,
        "NO_ROUTE",
        "There is no " + method + " " + path + " here",
        "See the list of routes in the reference");
  }

  static ProblemException methodNotAllowed(String method, String path, String allowed) {
    return new ProblemException(
            405, "METHOD_NOT_ALLOWED", path + " does not take " + method, "Use one of: " + allowed)
        .with("allow", allowed);
  }

  static ProblemException stopping() {
    return new ProblemException(
        503,
        "NOT_READY",
        "This node is stopping",
        "Nothing was done. Send the request to another node.");
  }

  static ProblemException overloaded(int requests) {
    return new ProblemException(
        503,
        "OVERLOADED",
        "This node already answers " + requests + " requests, its limit (http.requests)",
        "Retry after the seconds in Retry-After, or ask another node");
  }

  static ProblemException wrongHost(String host) {
    return new ProblemException(
        421,
        "WRONG_HOST",
        "This node does not answer for the host '" + host + "'",
        "Use the address that the node listens on, or add the name to http.hosts");
  }

  static ProblemException internal(String id) {
    return new ProblemException(
            500,
            "INTERNAL",
            "An unexpected error, logged by the node with the id " + id,
            "Look up the id in the node's log, and report it")
        .with("id", id);
  }
}
