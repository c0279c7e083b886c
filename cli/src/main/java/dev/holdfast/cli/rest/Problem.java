package dev.holdfast.cli.rest;

import dev.holdfast.cli.terminal.ExitCode;
import dev.holdfast.cli.terminal.Terminal;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/**
 * What a server refused and why: {@code application/problem+json}, or what is left of it when
 * something other than Holdfast answered.
 *
 * @param status of HTTP
 * @param code stable, in capitals, e.g. {@code LOCK_HELD}
 * @param detail what went wrong
 * @param next what to do now, may be empty
 * @param server that answered
 */
public record Problem(int status, String code, String detail, String next, URI server) {
  static Problem parse(int status, byte[] body, URI server) {
    try {
      JsonNode document = Terminal.JSON.readTree(body);
      String code = document.path("code").asString("HTTP_" + status);
      return new Problem(
          status,
          code,
          document.path("detail").asString("the server gave no details"),
          document.path("next").asString(""),
          server);
    } catch (JacksonException e) {
      String text = new String(body, StandardCharsets.UTF_8).strip();
      return new Problem(
          status,
          "HTTP_" + status,
          text.isEmpty() ? "the server gave no details" : text,
          "check that this address is a Holdfast node",
          server);
    }
  }

  /** Whether another server, or this one a moment later, may answer better. */
  boolean mayPass() {
    return status == 429 || status == 502 || status == 503 || status == 504;
  }

  public ExitCode exitCode() {
    if (code.equals("OUTCOME_UNKNOWN")) {
      return ExitCode.OUTCOME_UNKNOWN;
    }
    if (status == 404) {
      return ExitCode.NOT_FOUND;
    }
    if (status == 400) {
      return ExitCode.USAGE;
    }
    return status >= 500 || status == 429 ? ExitCode.UNAVAILABLE : ExitCode.REFUSED;
  }
}
