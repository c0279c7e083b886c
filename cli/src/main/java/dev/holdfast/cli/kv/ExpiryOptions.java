// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.cli.kv;

import dev.holdfast.cli.terminal.CommandException;
import dev.holdfast.cli.terminal.ExitCode;
import dev.holdfast.client.rest.RestRequest;
import dev.holdfast.protocol.DurationText;
import dev.holdfast.protocol.MapBodies;
import picocli.CommandLine.Option;

/** How long a key stays. */
final class ExpiryOptions {
  @Option(
      names = "--ttl",
      paramLabel = "DURATION",
      description = "Delete the key after this time, 1s to 8760h, unless it is set again.")
  private String ttl = "";

  @Option(
      names = "--session",
      paramLabel = "ID",
      description = "Delete the key when this session ends, unless it is set again.")
  private String session = "";

  RestRequest on(RestRequest request) {
    if (!ttl.isEmpty() && !session.isEmpty()) {
      throw new CommandException(
          ExitCode.USAGE, "a key has either --ttl or --session", "leave one of them away");
    }
    if (!ttl.isEmpty()) {
      String checked = DurationText.format(DurationText.parse(ttl));
      return request.header(MapBodies.TTL_HEADER, checked);
    }
    return session.isEmpty() ? request : request.header(MapBodies.SESSION_HEADER, session);
  }
}
