// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.plugins.merge;

import dev.holdfast.spi.merge.MergePolicy;
import dev.holdfast.spi.plugin.Plugin;
import dev.holdfast.spi.plugin.PluginContext;
import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Serves the three-way merge of JSON as the policy {@code default}, for the content types of its
 * config {@code types}.
 */
public final class JsonMergePlugin implements Plugin {
  private Map<String, MergePolicy> policies = Map.of();

  @Override
  public void start(PluginContext context) {
    Set<String> types =
        Arrays.stream(String.valueOf(context.config().get("types")).split(","))
            .map(type -> type.strip().toLowerCase(Locale.ROOT))
            .filter(type -> !type.isEmpty())
            .collect(Collectors.toUnmodifiableSet());
    policies = Map.of("default", new JsonMergePolicy(types));
  }

  @Override
  public Map<String, MergePolicy> mergePolicies() {
    return policies;
  }
}
