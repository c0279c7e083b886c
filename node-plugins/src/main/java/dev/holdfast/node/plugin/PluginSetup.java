// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.plugin;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Where plugins are and how they are configured.
 *
 * @param nodeId of this node
 * @param distribution the folder {@code plugins} of the distribution; may be missing
 * @param data the folder {@code plugins} of the data folder; may be missing
 * @param config the sections {@code plugins.<id>} of the node's config
 * @param placementPolicy the config key {@code placement.policy}: {@code pluginId/policyName}
 * @param mergePolicies the config key {@code merge.policies}, in the same form; the first that
 *     handles a type merges it
 * @param cleanupPolicy the config key {@code cleanup.policy}, in the same form; empty: no version
 *     and no copy is deleted
 */
public record PluginSetup(
    String nodeId,
    Path distribution,
    Path data,
    Map<String, Map<String, Object>> config,
    Optional<String> placementPolicy,
    List<String> mergePolicies,
    Optional<String> cleanupPolicy) {
  private static final Pattern POLICY = Pattern.compile("[a-z0-9-]{1,64}/[a-z0-9-]{1,64}");

  public PluginSetup {
    config = Map.copyOf(config);
    mergePolicies = List.copyOf(mergePolicies);
    placementPolicy.ifPresent(
        name -> check("placement.policy", name, "placement-rendezvous/default"));
    cleanupPolicy.ifPresent(name -> check("cleanup.policy", name, "cleanup-standard/default"));
    mergePolicies.forEach(name -> check("merge.policies", name, "merge-json/default"));
  }

  /** By hand: no merge policy and no cleanup policy is used. */
  public PluginSetup(
      String nodeId,
      Path distribution,
      Path data,
      Map<String, Map<String, Object>> config,
      Optional<String> placementPolicy) {
    this(nodeId, distribution, data, config, placementPolicy, List.of(), Optional.empty());
  }

  private static void check(String key, String name, String example) {
    if (!POLICY.matcher(name).matches()) {
      throw new IllegalArgumentException(
          key + " is '" + name + "'; write pluginId/policyName, e.g. " + example);
    }
  }
}
