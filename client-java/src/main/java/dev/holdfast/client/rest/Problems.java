// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.client.rest;

import dev.holdfast.protocol.Problem;
import dev.holdfast.protocol.WireJson;
import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpResponse;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;

/** Error answers: whose they are, and what they say of the request. */
final class Problems {
  /** Of an error answer that is read. */
  private static final int MAX_BYTES = 64 * 1024;

  private static final String OUTCOME_UNKNOWN = "OUTCOME_UNKNOWN";
  private static final String STALE_REQUEST = "STALE_REQUEST";

  /**
   * These tell how things stood when the repeat came: the first try may have come before, or may
   * come later. The server says where that is ruled out.
   */
  private static final Set<String> OF_THE_MOMENT =
      Set.of("NOT_FOUND", "NOT_ON_HEAD", "PRECONDITION_FAILED", "VERSION_MISMATCH");

  private Problems() {}

  /** What an error answer means for a request. */
  enum Meaning {
    /** Nothing was done; another server, or this one a moment later, may do it. */
    NOT_DONE,
    /** It may have been done. */
    UNKNOWN,
    /** Nothing was done by this attempt; by an earlier one perhaps. */
    STALE,
    /** Nothing was done, and nothing will be. */
    REFUSED
  }

  static Meaning meaning(Problem problem) {
    if (problem.code().equals(OUTCOME_UNKNOWN)) {
      return Meaning.UNKNOWN;
    }
    if (problem.code().equals(STALE_REQUEST)) {
      return Meaning.STALE;
    }
    return switch (problem.status()) {
      case 429, 503 -> Meaning.NOT_DONE;
      case 500, 502, 504 -> Meaning.UNKNOWN;
      default -> Meaning.REFUSED;
    };
  }

  static boolean dependsOnState(Problem problem) {
    return OF_THE_MOMENT.contains(problem.code())
        && !Boolean.TRUE.equals(problem.members().get("final"));
  }

  /** Null when no Holdfast node said it: a wrong port, a wrong path, a proxy. */
  static @Nullable Problem of(HttpResponse<?> answer) throws IOException {
    byte[] body = body(answer);
    String type = answer.headers().firstValue("Content-Type").orElse("").toLowerCase(Locale.ROOT);
    if (!type.startsWith(Problem.MEDIA_TYPE)) {
      return null;
    }
    if (body.length == 0) {
      return ofHead(answer.statusCode());
    }
    try {
      Problem problem = WireJson.answers().readValue(body, Problem.class);
      return problem.code() == null ? null : problem;
    } catch (JacksonException e) {
      return null;
    }
  }

  /** A HEAD has no body to say more. */
  private static Problem ofHead(int status) {
    return switch (status) {
      case 404 -> new Problem(status, "NOT_FOUND", "there is no such object", "check the key");
      case 412 -> new Problem(status, "PRECONDITION_FAILED", "the object has another version", "");
      default -> new Problem(status, "HTTP_" + status, "the node gave no details", "");
    };
  }

  private static byte[] body(HttpResponse<?> answer) throws IOException {
    if (answer.body() instanceof InputStream stream) {
      try (stream) {
        return stream.readNBytes(MAX_BYTES);
      }
    }
    return answer.body() instanceof byte[] bytes ? bytes : new byte[0];
  }
}
