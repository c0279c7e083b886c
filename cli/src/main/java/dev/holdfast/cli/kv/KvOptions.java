// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.cli.kv;

import dev.holdfast.client.rest.UriText;
import picocli.CommandLine.Option;

/** Which map. */
final class KvOptions {
  @Option(
      names = "--map",
      paramLabel = "NAME",
      defaultValue = "default",
      description = "The map. Default: ${DEFAULT-VALUE}.")
  private String map = "default";

  String map() {
    return map;
  }

  String target(String key) {
    return "/v1/map/" + UriText.component(map) + "/" + UriText.component(key);
  }
}
