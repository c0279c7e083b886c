// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.plugins.cleanup;

import dev.holdfast.spi.cleanup.CleanupPolicy;
import dev.holdfast.spi.plugin.Plugin;
import dev.holdfast.spi.plugin.PluginContext;
import java.util.Map;

/** Serves {@link StandardCleanup} as the policy {@code default}. */
public final class StandardCleanupPlugin implements Plugin {
  private Map<String, CleanupPolicy> policies = Map.of();

  @Override
  public void start(PluginContext context) {
    policies = Map.of("default", new StandardCleanup(Rules.of(context.config())));
  }

  @Override
  public Map<String, CleanupPolicy> cleanupPolicies() {
    return policies;
  }
}
