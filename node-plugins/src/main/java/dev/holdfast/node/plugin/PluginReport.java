// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.plugin;

import java.util.List;

/**
 * One plugin as {@code holdfast plugin list} and {@code GET /v1/plugins} show it.
 *
 * @param id of the descriptor, or the name of the folder or file when it could not be read
 * @param version empty when the descriptor could not be read
 * @param reason why it was refused or failed, or the last failure of its policies; may be empty
 * @param policies its policies of all kinds, sorted by name
 * @param stuckThreads threads that calls past their deadline still have
 */
public record PluginReport(
    String id,
    String version,
    Source source,
    State state,
    String reason,
    List<Policy> policies,
    int stuckThreads) {
  public PluginReport {
    policies = List.copyOf(policies);
  }

  public enum Source {
    DISTRIBUTION,
    DATA
  }

  public enum State {
    STARTED,
    /** Its code failed: while loading, in start or when asked for its policies. */
    FAILED,
    /** Not fit to be loaded: no class of it was touched. */
    REFUSED
  }

  public enum Kind {
    PLACEMENT,
    MERGE,
    CLEANUP
  }

  /**
   * @param name {@code pluginId/policyName}, as in {@code placement.policy}, {@code merge.policies}
   *     and {@code cleanup.policy}
   * @param active whether the node places, merges or cleans up by it
   * @param calls questions put to it
   * @param failures calls that threw or missed their deadline
   * @param corrected answers that were nonsense in part
   * @param fallbacks questions that the built-in policy answered instead; merges that were left to
   *     somebody; cleanups that deleted nothing
   * @param circuit {@code CLOSED}: it is asked; {@code OPEN}: not for a while; {@code HALF_OPEN}:
   *     one call tries
   */
  public record Policy(
      String name,
      Kind kind,
      boolean active,
      long calls,
      long failures,
      long corrected,
      long fallbacks,
      String circuit) {}
}
