// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.plugin;

import dev.holdfast.spi.plugin.PluginContext;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What the node hands to one plugin. */
final class NodePluginContext implements PluginContext {
  /** Counters of one plugin; further names are refused. */
  static final int MAX_METRICS = 64;

  private static final Pattern METRIC = Pattern.compile("[a-z][a-z0-9._-]{0,63}");

  private final String pluginId;
  private final String nodeId;
  private final Map<String, Object> config;
  private final MeterRegistry registry;
  private final Logger log;
  private final Set<String> metrics = ConcurrentHashMap.newKeySet();

  NodePluginContext(
      String pluginId, String nodeId, Map<String, Object> config, MeterRegistry registry) {
    this.pluginId = pluginId;
    this.nodeId = nodeId;
    this.config = Map.copyOf(config);
    this.registry = registry;
    this.log = LoggerFactory.getLogger("plugin." + pluginId);
  }

  @Override
  public String nodeId() {
    return nodeId;
  }

  @Override
  public Map<String, Object> config() {
    return config;
  }

  @Override
  public void log(Level level, String message) {
    String line = Told.clip(message);
    switch (level) {
      case DEBUG -> log.debug(line);
      case INFO -> log.info(line);
      case WARN -> log.warn(line);
      case ERROR -> log.error(line);
    }
  }

  @Override
  public void count(String metric, long amount) {
    if (!METRIC.matcher(metric).matches()) {
      throw new IllegalArgumentException(
          "A metric is named by a-z, 0-9, '.', '_' and '-': " + metric);
    }
    if (!metrics.contains(metric)) {
      if (metrics.size() >= MAX_METRICS) {
        throw new IllegalArgumentException("A plugin has at most " + MAX_METRICS + " metrics");
      }
      metrics.add(metric);
    }
    registry
        .counter("holdfast.plugin.counted", "plugin", pluginId, "metric", metric)
        .increment((double) amount);
  }
}
