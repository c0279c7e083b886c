// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.http;

import java.util.LinkedHashMap;
import java.util.List;
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

  static ProblemException unknownQuery(String name, Operation operation) {
    List<String> known =
        operation.parameters().stream()
            .filter(one -> one.in() == Operation.Parameter.In.QUERY)
            .map(Operation.Parameter::name)
            .toList();
    return new ProblemException(
        400,
        "BAD_QUERY",
        "There is no query parameter '" + name + "' here",
        known.isEmpty() ? "Send none" : "Use one of: " + String.join(", ", known));
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

  static ProblemException badHeader(String why) {
    return new ProblemException(400, "BAD_HEADER", why, "Correct the header and send it again");
  }

  static ProblemException notImplemented(String method, String methods) {
    return new ProblemException(
        501, "METHOD_UNKNOWN", "Nothing here takes the method " + method, "Use one of: " + methods);
  }

  static ProblemException expectationFailed(String expect) {
    return new ProblemException(
        417,
        "EXPECTATION_FAILED",
        "Expect is '" + expect + "': only 100-continue is understood",
        "Send the request without it");
  }

  static ProblemException notJson(String type) {
    return new ProblemException(
        415,
        "NOT_JSON",
        type.isEmpty()
            ? "The request does not say what its body is"
            : "The body is '" + type + "', and this route takes JSON in UTF-8",
        "Send the header Content-Type: application/json");
  }

  static ProblemException foreignOrigin(String origin) {
    return new ProblemException(
        403,
        "FOREIGN_ORIGIN",
        "A page of '" + origin + "' may not use this node",
        "Use a page of this node, or a program");
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
