// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.plugin;

import java.util.List;
import java.util.stream.Collectors;

/**
 * The configuration names a placement policy that no plugin of this node offers, so the node must
 * not start: copies that another policy places stay where that one puts them.
 */
public final class UnknownPolicyException extends Exception {
  private static final long serialVersionUID = 1;

  UnknownPolicyException(String policy, List<PluginReport> plugins) {
    super(
        ("placement.policy is '%s', and no plugin that started on this node offers it: %s. Policies"
                + " that are here: %s. Set placement.policy to one of these or leave it out, or"
                + " install or repair the plugin with 'holdfast plugin install'.")
            .formatted(
                policy,
                reason(policy.substring(0, policy.indexOf('/')), plugins),
                offered(plugins)));
  }

  private static String reason(String id, List<PluginReport> plugins) {
    return plugins.stream()
        .filter(plugin -> plugin.id().equals(id))
        .findFirst()
        .map(plugin ->
            plugin.state() == PluginReport.State.STARTED
                ? "plugin %s %s has no such policy".formatted(id, plugin.version())
                : "plugin %s is %s: %s".formatted(id, plugin.state(), plugin.reason()))
        .orElseGet(() ->
            "there is no plugin "
                + id
                + Suggestion.of(id, plugins.stream().map(PluginReport::id).toList()));
  }

  private static String offered(List<PluginReport> plugins) {
    String names =
        plugins.stream()
            .flatMap(plugin -> plugin.policies().stream().map(policy -> policy.name()))
            .collect(Collectors.joining(", "));
    return names.isEmpty() ? "none but the built-in one, when placement.policy is left out" : names;
  }
}
