// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.cluster;

import dev.holdfast.node.data.DataFolder;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;

/**
 * Peer addresses at which another node may listen: configured, remembered from before, discovered.
 * Thread-safe; may block, as {@link Discovery} does.
 *
 * @param self id of this node, which is none of the others
 * @param join peer addresses of a running cluster
 * @param found peer addresses of all founders by node id
 */
public record KnownAddresses(
    String self, List<String> join, Map<String, String> found, DataFolder data, Discovery discovery)
    implements Supplier<Set<String>> {

  @Override
  public Set<String> get() {
    Set<String> all = new LinkedHashSet<>(join);
    all.addAll(data.knownPeers());
    all.addAll(discovery.addresses());
    found.forEach((id, address) -> {
      if (!id.equals(self)) {
        all.add(address);
      }
    });
    return all;
  }
}
