// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.plugin;

import java.time.Duration;

/**
 * How long plugins may take and how often they may fail.
 *
 * @param startDeadline of {@code start}, class loading included, and of {@code stop}
 * @param callDeadline of one question to a placement policy; a PUT waits for it
 * @param mergeDeadline of one merge, or one question to a cleanup policy; nobody waits for it but
 *     what is behind it
 * @param failuresToOpen failures in a row after which a policy is not asked for a while
 * @param retryAfter when one call tries again
 */
public record PluginLimits(
    Duration startDeadline,
    Duration callDeadline,
    Duration mergeDeadline,
    int failuresToOpen,
    Duration retryAfter) {
  public static final PluginLimits DEFAULT =
      new PluginLimits(
          Duration.ofSeconds(10),
          Duration.ofMillis(200),
          Duration.ofSeconds(2),
          5,
          Duration.ofSeconds(30));

  public PluginLimits {
    if (!startDeadline.isPositive()
        || !callDeadline.isPositive()
        || !mergeDeadline.isPositive()
        || !retryAfter.isPositive()) {
      throw new IllegalArgumentException("Deadlines of plugins must be above zero");
    }
    if (failuresToOpen < 1) {
      throw new IllegalArgumentException("failuresToOpen is " + failuresToOpen);
    }
  }
}
