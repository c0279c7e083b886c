// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.plugin;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * What {@code plugin.yaml} says, checked as far as the file alone tells.
 *
 * @param id also the name of the plugin's folder
 * @param version semantic
 * @param spi the SPI versions that it runs on
 * @param entry binary name of the class that implements {@link dev.holdfast.spi.plugin.Plugin}
 * @param java the lowest feature version of the JVM, e.g. 25
 * @param required the node refuses to start without it
 * @param config its config keys by name, in the order of the file
 */
record PluginDescriptor(
    String id,
    SemanticVersion version,
    SpiRange spi,
    String entry,
    int java,
    boolean required,
    Map<String, ConfigKey> config) {
  static final String FILE = "plugin.yaml";

  PluginDescriptor {
    config = new LinkedHashMap<>(config);
  }

  /** {@code id@version}: the name under which the cluster records whose policy placed a copy. */
  String idAndVersion() {
    return id + "@" + version;
  }

  /**
   * @param defaultValue of the type's class, used when the node's config does not name the key
   * @param required the node's config must name it; excludes a default
   */
  record ConfigKey(ConfigType type, Optional<Object> defaultValue, String doc, boolean required) {}

  enum ConfigType {
    STRING,
    LONG,
    DOUBLE,
    BOOLEAN
  }
}
