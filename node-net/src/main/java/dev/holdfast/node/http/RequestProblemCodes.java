// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.http;

import java.util.List;

/** What any request may be answered, whatever it asks for. */
public final class RequestProblemCodes {
  public static final ProblemCode NO_ROUTE =
      ProblemCode.of(
          ProblemCode.REQUESTS,
          "NO_ROUTE",
          "There is no such path.",
          "Compare it with the reference.",
          404);

  public static final ProblemCode METHOD_NOT_ALLOWED =
      ProblemCode.of(
          ProblemCode.REQUESTS,
          "METHOD_NOT_ALLOWED",
          "The path does not take this method.",
          "Use one of `allow`.",
          405);

  public static final ProblemCode METHOD_UNKNOWN =
      ProblemCode.of(
          ProblemCode.REQUESTS,
          "METHOD_UNKNOWN",
          "No path takes this method.",
          "Use GET, HEAD, PUT, POST, DELETE or OPTIONS.",
          501);

  public static final ProblemCode NOT_JSON =
      ProblemCode.of(
          ProblemCode.REQUESTS,
          "NOT_JSON",
          "The body is not announced as `application/json` in UTF-8.",
          "Send that `Content-Type`.",
          415);

  public static final ProblemCode MALFORMED_JSON =
      ProblemCode.of(
          ProblemCode.REQUESTS,
          "MALFORMED_JSON",
          "The body is not one JSON document in UTF-8; line and column are told.",
          "Correct it.",
          400);

  public static final ProblemCode UNKNOWN_FIELD =
      ProblemCode.of(
          ProblemCode.REQUESTS,
          "UNKNOWN_FIELD",
          "The body has a field that the request does not know.",
          "Remove it, or correct its name.",
          400);

  public static final ProblemCode WRONG_TYPE =
      ProblemCode.of(
          ProblemCode.REQUESTS,
          "WRONG_TYPE",
          "A field has another type than the reference says.",
          "Correct it.",
          400);

  public static final ProblemCode INVALID_VALUE =
      ProblemCode.of(
          ProblemCode.REQUESTS,
          "INVALID_VALUE",
          "A field is outside its range.",
          "Correct it.",
          400);

  public static final ProblemCode MISSING_FIELD =
      ProblemCode.of(
          ProblemCode.REQUESTS,
          "MISSING_FIELD",
          "A field that is needed is not there.",
          "Send it.",
          400);

  public static final ProblemCode BAD_ENCODING =
      ProblemCode.of(
          ProblemCode.REQUESTS,
          "BAD_ENCODING",
          "The URL is not well percent-encoded, or not UTF-8.",
          "Encode each segment and value.",
          400);

  public static final ProblemCode BAD_HEADER =
      ProblemCode.of(
          ProblemCode.REQUESTS,
          "BAD_HEADER",
          "A header cannot be read, or stands there twice and has one value. Also `Content-Range`"
              + " in a request.",
          "Correct it.",
          400);

  public static final ProblemCode BAD_QUERY =
      ProblemCode.of(
          ProblemCode.REQUESTS,
          "BAD_QUERY",
          "A query parameter cannot be read.",
          "Correct it.",
          400);

  public static final ProblemCode BAD_REQUEST =
      ProblemCode.of(
          ProblemCode.REQUESTS,
          "BAD_REQUEST",
          "Something about the message that proxies and servers might read differently; the"
              + " connection is closed.",
          "Send plain HTTP/1.1: one Content-Length, or chunked alone.",
          400);

  public static final ProblemCode VERSION_UNKNOWN =
      ProblemCode.of(
          ProblemCode.REQUESTS,
          "VERSION_UNKNOWN",
          "Another version of HTTP than 1.0 and 1.1; the connection is closed.",
          "Use HTTP/1.1.",
          505);

  public static final ProblemCode BODY_CUT =
      ProblemCode.of(
          ProblemCode.REQUESTS,
          "BODY_CUT",
          "The connection ended within the body.",
          "Send it again.",
          400);

  public static final ProblemCode BODY_INCOMPLETE =
      ProblemCode.of(
          ProblemCode.REQUESTS,
          "BODY_INCOMPLETE",
          "The body of an object ended before its announced length; nothing was stored.",
          "Send it again.",
          400);

  public static final ProblemCode BODY_TIMEOUT =
      ProblemCode.of(
          ProblemCode.REQUESTS,
          "BODY_TIMEOUT",
          "The body paused for too long.",
          "Send it without pauses.",
          408);

  public static final ProblemCode EXPECTATION_FAILED =
      ProblemCode.of(
          ProblemCode.REQUESTS,
          "EXPECTATION_FAILED",
          "`Expect` is not `100-continue`.",
          "Leave it out.",
          417);

  public static final ProblemCode PAYLOAD_TOO_LARGE =
      ProblemCode.of(
          ProblemCode.REQUESTS,
          "PAYLOAD_TOO_LARGE",
          "The body is larger than this route takes.",
          "Send less.",
          413);

  public static final ProblemCode WRONG_HOST =
      ProblemCode.of(
          ProblemCode.REQUESTS,
          "WRONG_HOST",
          "The node does not answer for the name in `Host`.",
          "Use its address, or add the name to `http.hosts`.",
          421);

  public static final ProblemCode FOREIGN_ORIGIN =
      ProblemCode.of(
          ProblemCode.REQUESTS,
          "FOREIGN_ORIGIN",
          "`Origin` is not the node itself: a page of another site.",
          "Use a page of this node, or a program.",
          403);

  public static final ProblemCode OVERLOADED =
      ProblemCode.of(
          ProblemCode.REQUESTS,
          "OVERLOADED",
          "The node has as much to do as it may.",
          "Wait for `Retry-After`, or ask another node.",
          429,
          503);

  public static final ProblemCode INTERNAL =
      ProblemCode.of(
          ProblemCode.REQUESTS,
          "INTERNAL",
          "An error that nobody expected, in the node's log under `id`.",
          "Report it.",
          500);

  public static final ProblemCode NOT_FOUND =
      ProblemCode.of(
          ProblemCode.OBJECTS, "NOT_FOUND", "There is no such object.", "List its prefix.", 404);

  /** Of every operation. */
  public static final List<ProblemCode> ANY =
      List.of(
          NO_ROUTE,
          METHOD_NOT_ALLOWED,
          METHOD_UNKNOWN,
          BAD_ENCODING,
          BAD_HEADER,
          BAD_QUERY,
          BAD_REQUEST,
          VERSION_UNKNOWN,
          EXPECTATION_FAILED,
          WRONG_HOST,
          FOREIGN_ORIGIN,
          OVERLOADED,
          INTERNAL);

  /** Of one that takes JSON, beside those of a body. */
  public static final List<ProblemCode> JSON =
      List.of(NOT_JSON, MALFORMED_JSON, UNKNOWN_FIELD, WRONG_TYPE, INVALID_VALUE, MISSING_FIELD);

  /** Of one that takes a body. */
  public static final List<ProblemCode> BODY =
      List.of(BODY_CUT, BODY_INCOMPLETE, BODY_TIMEOUT, PAYLOAD_TOO_LARGE);

  private RequestProblemCodes() {}
}
