// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.plugin;

/** A plugin that says {@code required: true} did not start, so the node must not start either. */
public final class PluginRequiredException extends Exception {
  private static final long serialVersionUID = 1;

  PluginRequiredException(String id, String reason) {
    super(
        "The plugin '%s' is required and did not start: %s. Repair it, or remove it with 'holdfast plugin remove %s'."
            .formatted(id, reason, id));
  }
}
