package dev.holdfast.protocol;

import com.fasterxml.jackson.annotation.JsonInclude;
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
      warnings = List.copyOf(warnings);
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
      labels = Map.copyOf(labels);
    }
  }

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

  /** {@code GET /v1/plugins}. */
  public record Plugins(List<PluginInfo> plugins) {
    public Plugins {
      plugins = List.copyOf(plugins);
    }
  }

  /**
   * @param spi range that the plugin asks for
   * @param state such as {@code active}, {@code failed} or {@code refused}
   * @param detail why it is not active
   * @param failures guarded calls that threw, hung or returned nonsense
   */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  public record PluginInfo(
      String id,
      String version,
      String spi,
      String state,
      @Nullable String detail,
      List<String> provides,
      long failures) {
    public PluginInfo {
      provides = List.copyOf(provides);
    }
  }
}
