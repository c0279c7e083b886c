// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.coordinator.zk;

import dev.holdfast.spi.coordinator.support.OptionReader;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * The options of this backend. Durations are written {@code 300ms}, {@code 3s}, {@code 2m}, sizes
 * {@code 64KiB}, {@code 4MiB}.
 *
 * @param servers (needed, as {@code connect}) {@code host:port} of each server, with commas
 *     between; a path behind the last one is the chroot, as ZooKeeper's own clients take it
 * @param chroot ({@code /holdfast/CLUSTER}) the znode below which this cluster keeps everything
 * @param sessionTimeout (10s) asked for; the servers grant 2 to 20 of their ticks. Also the TTL of
 *     the node's lease
 * @param connectionTimeout (5s) until another server is tried
 * @param juteMaxBuffer (1MiB) {@code jute.maxbuffer} of the servers, which limits a transaction
 * @param access who this node is, and who may see what it makes
 * @param tls how the servers are reached
 */
record ZkOptions(
    List<String> servers,
    String chroot,
    Duration sessionTimeout,
    Duration connectionTimeout,
    int juteMaxBuffer,
    ZkAccess access,
    ZkTls tls) {
  private static final long JUTE_MAX_BUFFER_MAX = 1 << 30;
  private static final String PATH = "(/[A-Za-z0-9_.-]+)+";
  private static final Pattern SERVERS =
      Pattern.compile("[^,/\\s]+:[0-9]{1,5}(,[^,/\\s]+:[0-9]{1,5})*(" + PATH + ")?");
  private static final Pattern CHROOT = Pattern.compile(PATH);

  ZkOptions {
    servers = List.copyOf(servers);
  }

  /**
   * @throws IllegalArgumentException when an option is wrong; the message lists all that are
   */
  static ZkOptions parse(Map<String, String> given, String clusterId) {
    OptionReader reader = new OptionReader(given);
    String connect =
        reader.text(
            "connect", "", SERVERS, "host:port, with commas between several, and a path or none");
    int slash = connect.indexOf('/');
    String suffix = slash < 0 ? "" : connect.substring(slash);
    reader.check(
        suffix.isEmpty() || !given.containsKey("chroot"),
        "connect ends with the path " + suffix + " and chroot is given too; give one of them");
    String standard = suffix.isEmpty() ? "/holdfast/" + clusterId : suffix;
    ZkOptions options =
        new ZkOptions(
            List.of((slash < 0 ? connect : connect.substring(0, slash)).split(",")),
            reader.text("chroot", standard, CHROOT, "a path such as /holdfast/one"),
            reader.duration("sessionTimeout", "10s"),
            reader.duration("connectionTimeout", "5s"),
            (int) Math.min(reader.sizeBytes("juteMaxBuffer", "1MiB"), JUTE_MAX_BUFFER_MAX),
            ZkAccess.parse(reader),
            ZkTls.parse(reader));
    reader.check(options.sessionTimeout.toMillis() >= 200, "sessionTimeout is below 200ms");
    reader.check(options.juteMaxBuffer >= 64 << 10, "juteMaxBuffer is below 64KiB");
    reader.finish("zookeeper");
    return options;
  }

  /** Of the servers alone: the chroot is written out in every path. */
  String connect() {
    return String.join(",", servers);
  }

  ZkPaths paths() {
    return new ZkPaths(chroot, access.acl(), access.ancestorAcl());
  }
}
