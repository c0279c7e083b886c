// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.protocol;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Bodies of {@code /v1/cluster} and {@code /v1/plugins}. */
public final class ClusterBodies {
  private ClusterBodies() {}

  /**
   * {@code GET /v1/cluster}.
   *
   * @param backend of the coordinator, such as {@code raft}
   * @param quorum whether a majority of the coordinator has answered the asked node lately
   * @param leader id of the coordinator's leader, null while there is none, and where no node leads
   *     since the backend has servers of its own
   * @param epoch of the cluster map
   * @param warnings about how the asked node runs
   */
  public record Status(
      String backend,
      boolean quorum,
      @Nullable String leader,
      long epoch,
      List<Node> nodes,
      List<String> warnings) {
    public Status {
      nodes = List.copyOf(nodes);
      warnings = warnings == null ? List.of() : List.copyOf(warnings); // Of an older release.
    }
  }

  /**
   * @param api address for clients, such as {@code http://127.0.0.1:7600}
   * @param role in the coordinator: {@code leader}, {@code follower} or {@code observer}; {@code
   *     member} where the backend has servers of its own
   * @param health "unhealthy" when it lives but does not answer the asked node, or answers while
   *     there is no majority; "offline" when it is gone
   * @param peer {@code host:port} where other nodes reach it
   * @param raft {@code host:port} of its Raft
   * @param lag commits that it has not applied yet, as it told the asked node; -1 if unknown
   * @param version of the Holdfast that it runs; empty if unknown
   */
  public record Node(
      String id,
      String api,
      String role,
      String state,
      String health,
      Map<String, String> labels,
      long capacityBytes,
      long freeBytes,
      String peer,
      String raft,
      long lag,
      String version) {
    public Node {
      labels = labels == null ? Map.of() : Map.copyOf(labels);
    }
  }

  /**
   * {@code GET /v1/cluster/servers}: those that the backend agrees through, outside the nodes; none
   * where the nodes themselves agree.
   */
  public record Servers(List<Server> servers) {
    public Servers {
      servers = List.copyOf(servers);
    }
  }

  /**
   * @param address {@code host:port}
   * @param state as it answers the asked node: {@code leader}, {@code follower}, {@code observer},
   *     {@code standalone}, {@code no-majority}, {@code unknown} when it does not say, {@code
   *     unreachable}
   */
  public record Server(String address, String state) {}

  /**
   * {@code DELETE /v1/cluster/nodes/ID}, status 202: not out yet. Ask again, it goes on.
   *
   * @param copiesLeft on the node that leaves
   */
  public record Draining(String node, long copiesLeft) {}

  /** {@code POST /v1/cluster/leader}, and its answer: who shall lead, or leads now. */
  public record Leader(String node) {}

  /**
   * {@code POST /v1/cluster/import}.
   *
   * @param exportedAt revision of the cluster that was exported
   * @param revision of this cluster, above it
   */
  public record Imported(long entries, long exportedAt, long revision) {}

  /** {@code GET /v1/plugins}, of the node that answers; others may differ. */
  public record Plugins(Placement placement, List<Plugin> plugins) {
    public Plugins {
      plugins = List.copyOf(plugins);
    }
  }

  /** Which policy places, and why it. */
  public record Placement(String policy, String version, String reason) {}

  /**
   * One plugin that the node found.
   *
   * @param id of the descriptor, or the name of the folder or file when it could not be read
   * @param version empty when the descriptor could not be read
   * @param source {@code DISTRIBUTION} or {@code DATA}
   * @param state {@code STARTED}, {@code FAILED} or {@code REFUSED}
   * @param reason why it was refused or failed, or the last failure of its policies; may be empty
   * @param policies its placement policies, by name
   * @param stuckThreads threads that calls past their deadline still have
   */
  public record Plugin(
      String id,
      String version,
      String source,
      String state,
      String reason,
      List<Policy> policies,
      int stuckThreads) {
    public Plugin {
      policies = List.copyOf(policies);
    }
  }

  /**
   * A placement policy of a plugin, and how its calls went.
   *
   * @param name {@code plugin/policy}, as in {@code placement.policy}
   * @param active whether the node places by it
   * @param calls questions put to it
   * @param failures calls that threw or missed their deadline
   * @param corrected answers that were nonsense in part
   * @param fallbacks questions that the built-in policy answered instead
   * @param circuit {@code CLOSED}, {@code OPEN} or {@code HALF_OPEN}
   */
  public record Policy(
      String name,
      boolean active,
      long calls,
      long failures,
      long corrected,
      long fallbacks,
      String circuit) {}

  /**
   * {@code GET /health/live} and {@code /health/ready}.
   *
   * @param status {@code live} or {@code ready}
   */
  public record Health(String status) {}
}
