// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.config;

import dev.holdfast.node.cleanup.RemovalSettings;
import dev.holdfast.node.cluster.MembershipConfig;
import dev.holdfast.node.http.HttpLimits;
import dev.holdfast.node.repair.RepairSettings;
import dev.holdfast.node.store.CollectorSettings;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Everything that an operator can say to a node, checked.
 *
 * @param capacityBytes empty for the size of the file store
 * @param publicApi where clients reach it, when a proxy or a published port stands before {@code
 *     api}
 * @param found peer addresses of all founders by node id
 * @param join peer addresses of a running cluster
 * @param raft options of the Raft backend, as it documents them
 * @param tombstoneRetention how long deletions of objects are kept before they are forgotten
 * @param mapStateBytesMax of the keys and values of all maps
 * @param coordination how much of everything clients may make
 * @param repair when copies are audited, and how fast they are repaired
 * @param cleanup when chunks that nothing needs are taken away
 * @param removals how versions and copies go that the cleanup policy lets go
 * @param membership how it finds the others and watches over them
 * @param zookeeper options of the ZooKeeper backend, as it documents them
 * @param backend options of any other backend, as it documents them
 * @param plugins values per plugin id: String, Long, Double or Boolean
 * @param placementPolicy PLUGIN/POLICY, or empty for the built-in one
 * @param mergePolicies PLUGIN/POLICY each; none for merges by hand
 * @param cleanupPolicy PLUGIN/POLICY, or empty for none
 * @param warnings for start and status
 */
public record NodeConfig(
    String id,
    Path data,
    Address api,
    Address publicApi,
    Address peer,
    Address raftAddress,
    Map<String, String> labels,
    Optional<Long> capacityBytes,
    Map<String, String> found,
    List<String> join,
    Path secretFile,
    String coordinator,
    Map<String, String> raft,
    MembershipConfig membership,
    Map<String, String> zookeeper,
    Map<String, String> backend,
    int copies,
    long chunkBytes,
    Duration tombstoneRetention,
    long mapStateBytesMax,
    CoordinationLimits coordination,
    RepairSettings repair,
    CollectorSettings cleanup,
    RemovalSettings removals,
    String placementPolicy,
    List<String> mergePolicies,
    String cleanupPolicy,
    HttpLimits http,
    Map<String, Map<String, Object>> plugins,
    String logLevel,
    String logFormat,
    List<String> warnings) {

  /** Those of the backend that was chosen. */
  public Map<String, String> coordinatorOptions() {
    return switch (coordinator) {
      case "raft" -> raft;
      case "zookeeper" -> zookeeper;
      default -> backend;
    };
  }

  public record Address(String host, int port) {
    @Override
    public String toString() {
      return host + ":" + port;
    }
  }

  /**
   * @param name as typed, e.g. {@code --api}, for messages
   */
  public record Flag(String name, String value) {}

  /**
   * Reads all sources and reports everything that is wrong at once.
   *
   * @param file the config file, or empty for none
   * @param environment of the process
   * @param flags by key, e.g. {@code node.api}
   */
  public static NodeConfig read(
      Optional<Path> file, Map<String, String> environment, Map<String, Flag> flags)
      throws ConfigException {
    return new ConfigReader(file, environment, flags).read();
  }
}
