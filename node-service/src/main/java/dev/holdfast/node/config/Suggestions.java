// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.config;

import dev.holdfast.spi.NearestWord;
import java.util.List;

/** "Did you mean": the nearest key by edit distance, when it is near. */
final class Suggestions {
  private Suggestions() {}

  static String forKey(String key) {
    return nearest(key, ConfigKeys.ALL.stream().map(ConfigKey::name).toList());
  }

  static String forVariable(String name) {
    return nearest(
        name,
        ConfigKeys.ALL.stream()
            .filter(k -> !k.isPassedThrough())
            .map(ConfigKey::variable)
            .toList());
  }

  private static String nearest(String word, List<String> known) {
    return NearestWord.to(word, known)
        .map(candidate -> "; did you mean '" + candidate + "'?")
        .orElse("; see docs/reference/config.md");
  }
}
