// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.plugin;

import java.util.List;
import java.util.stream.Collectors;

/**
 * The configuration names a policy that no plugin of this node offers, so the node must not start:
 * copies that another policy places stay where that one puts them, and what nobody merges stays in
 * conflict.
 */
public final class UnknownPolicyException extends Exception {
  private static final long serialVersionUID = 1;

  private UnknownPolicyException(
      String key, String policy, List<PluginReport> plugins, String offered) {
    super(
        ("%s is '%s', and no plugin that started on this node offers it: %s. Policies"
                + " that are here: %s. Set %s to one of these or leave it out, or"
                + " install or repair the plugin with 'holdfast plugin install'.")
            .formatted(
                key,
                policy,
                reason(policy.substring(0, policy.indexOf('/')), plugins),
                offered,
                key));
  }

  static UnknownPolicyException placement(String policy, List<PluginReport> plugins) {
    String names = names(plugins, PluginReport.Kind.PLACEMENT);
    return new UnknownPolicyException(
        "placement.policy",
        policy,
        plugins,
        names.isEmpty() ? "none but the built-in one, when placement.policy is left out" : names);
  }

  static UnknownPolicyException merge(String policy, List<PluginReport> plugins) {
    String names = names(plugins, PluginReport.Kind.MERGE);
    return new UnknownPolicyException(
        "merge.policies",
        policy,
        plugins,
        names.isEmpty() ? "none, and merges are by hand when merge.policies is left out" : names);
  }

  static UnknownPolicyException cleanup(String policy, List<PluginReport> plugins) {
    String names = names(plugins, PluginReport.Kind.CLEANUP);
    return new UnknownPolicyException(
        "cleanup.policy",
        policy,
        plugins,
        names.isEmpty() ? "none, and no version goes when cleanup.policy is left out" : names);
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

  private static String names(List<PluginReport> plugins, PluginReport.Kind kind) {
    return plugins.stream()
        .flatMap(plugin -> plugin.policies().stream())
        .filter(policy -> policy.kind() == kind)
        .map(PluginReport.Policy::name)
        .collect(Collectors.joining(", "));
  }
}
