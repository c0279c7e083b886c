// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.client;

import java.util.List;

/**
 * A write of this client that was applied ({@code command_applied}).
 *
 * @param keys that it changed
 * @param version that they have since
 */
public record MapCommand(String map, List<String> keys, long version) {
  public MapCommand {
    keys = List.copyOf(keys);
  }
}
