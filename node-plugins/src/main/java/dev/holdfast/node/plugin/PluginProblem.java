// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.plugin;

/**
 * Why a plugin is refused, with its place.
 *
 * @param file relative to the plugin's folder or the zip, or the zip itself
 * @param line from 1, or 0 when the whole file is meant
 * @param column from 1, or 0
 * @param message what is wrong and what to do, in a sentence
 */
public record PluginProblem(String file, int line, int column, String message) {
  static PluginProblem of(String file, String message) {
    return new PluginProblem(file, 0, 0, message);
  }

  /** {@code plugin.yaml:3:7: message}. */
  @Override
  public String toString() {
    return line == 0
        ? file + ": " + message
        : "%s:%d:%d: %s".formatted(file, line, column, message);
  }
}
