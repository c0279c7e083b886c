// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.spi.plugin;

import java.util.Map;

/** What the node hands to a plugin. */
public interface PluginContext {
  /** The id of the node that it runs in. */
  String nodeId();

  /**
   * The configuration from {@code plugins.<id>} of the node's config, after it was checked against
   * the schema in {@code plugin.yaml}, defaults filled in. Values are String, Long, Double,
   * Boolean.
   */
  Map<String, Object> config();

  /** Writes to the node's log under {@code plugin.<id>}. Thread-safe. */
  void log(Level level, String message);

  /** Adds to a counter of the node's metrics, under the plugin's id. Thread-safe. */
  void count(String metric, long amount);

  enum Level {
    DEBUG,
    INFO,
    WARN,
    ERROR
  }
}
