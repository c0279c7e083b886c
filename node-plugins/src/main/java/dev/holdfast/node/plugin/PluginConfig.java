// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.plugin;

import dev.holdfast.node.plugin.PluginDescriptor.ConfigKey;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** Checks the section {@code plugins.<id>} of the node's config against the plugin's schema. */
final class PluginConfig {
  private PluginConfig() {}

  /**
   * @param given from the node's config: String, Integer, Long, Double or Boolean
   * @return complete: defaults filled in, numbers as Long or Double
   * @throws PluginRefusedException with every problem
   */
  static Map<String, Object> complete(PluginDescriptor descriptor, Map<String, Object> given)
      throws PluginRefusedException {
    List<String> problems = new ArrayList<>();
    Map<String, Object> config = new TreeMap<>();
    given.forEach((name, value) -> {
      ConfigKey key = descriptor.config().get(name);
      if (key == null) {
        problems.add(
            "Unknown key '" + name + "'" + Suggestion.of(name, descriptor.config().keySet()));
        return;
      }
      convert(key, value)
          .ifPresentOrElse(
              converted -> config.put(name, converted),
              () ->
                  problems.add(
                      "'%s' is '%s' and should be a %s."
                          .formatted(name, value, key.type().name().toLowerCase(Locale.ROOT))));
    });
    descriptor
        .config()
        .forEach((name, key) -> {
          if (key.required() && !given.containsKey(name)) {
            problems.add("'%s' is required: %s".formatted(name, key.doc()));
          } else if (!given.containsKey(name)) {
            key.defaultValue().ifPresent(value -> config.put(name, value));
          }
        });
    if (!problems.isEmpty()) {
      String where = "config plugins." + descriptor.id();
      throw new PluginRefusedException(
          problems.stream().map(problem -> PluginProblem.of(where, problem)).toList());
    }
    return Map.copyOf(config);
  }

  private static Optional<Object> convert(ConfigKey key, Object value) {
    return switch (key.type()) {
      case STRING -> value instanceof String ? Optional.of(value) : Optional.empty();
      case BOOLEAN -> value instanceof Boolean ? Optional.of(value) : Optional.empty();
      case LONG ->
          value instanceof Long || value instanceof Integer
              ? Optional.of(((Number) value).longValue())
              : Optional.empty();
      case DOUBLE ->
          value instanceof Number number ? Optional.of(number.doubleValue()) : Optional.empty();
    };
  }
}
