// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.cli.quarantine;

import dev.holdfast.cli.terminal.CommandException;
import dev.holdfast.cli.terminal.ExitCode;
import dev.holdfast.client.rest.RestClient;
import dev.holdfast.client.rest.RestRequest;
import dev.holdfast.client.rest.UriText;
import dev.holdfast.protocol.ObjectBodies;
import java.util.List;
import java.util.Locale;

/** {@code /v1/quarantine}. Blocking. */
final class QuarantineClient {
  private static final int SHORT = 12;
  private static final int WHOLE = 64;

  private final RestClient rest;

  QuarantineClient(RestClient rest) {
    this.rest = rest;
  }

  ObjectBodies.Quarantine list(String prefix) {
    return rest.read(
        RestRequest.of("GET", "/v1/quarantine?prefix=" + UriText.component(prefix)),
        ObjectBodies.Quarantine.class);
  }

  /**
   * @param method POST to release it, DELETE to drop it
   * @param version its id, or a unique beginning
   */
  ObjectBodies.Settled settle(String method, String key, String version) {
    String path =
        "/v1/quarantine?key=%s&version=%s"
            .formatted(UriText.component(key), whole(key, version.toLowerCase(Locale.ROOT)));
    return rest.read(RestRequest.of(method, path), ObjectBodies.Settled.class);
  }

  private String whole(String key, String version) {
    if (version.length() == WHOLE) {
      return version;
    }
    List<String> found =
        list(key).versions().stream()
            .filter(one -> one.key().equals(key))
            .map(one -> one.version().version())
            .filter(id -> id.startsWith(version))
            .distinct()
            .toList();
    if (found.size() != 1) {
      throw new CommandException(
          found.isEmpty() ? ExitCode.NOT_FOUND : ExitCode.USAGE,
          "%d versions of %s that are set aside begin with '%s'"
              .formatted(found.size(), key, version),
          "'holdfast quarantine ls' shows them");
    }
    return found.getFirst();
  }

  static String shortened(String id) {
    return id.substring(0, Math.min(SHORT, id.length()));
  }
}
