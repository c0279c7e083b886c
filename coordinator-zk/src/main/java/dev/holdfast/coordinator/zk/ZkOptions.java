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
 * @param connect (needed) {@code host:port} of each server, with commas between
 * @param chroot ({@code /holdfast/CLUSTER}) the znode below which this cluster keeps everything
 * @param sessionTimeout (10s) asked for; the servers grant 2 to 20 of their ticks. Also the TTL of
 *     the node's lease
 * @param connectionTimeout (5s) until another server is tried
 * @param juteMaxBuffer (1MiB) {@code jute.maxbuffer} of the servers, which limits a transaction
 */
record ZkOptions(
    String connect,
    String chroot,
    Duration sessionTimeout,
    Duration connectionTimeout,
    int juteMaxBuffer) {
  private static final long JUTE_MAX_BUFFER_MAX = 1 << 30;
  private static final Pattern SERVERS =
      Pattern.compile("[^,/\\s]+:[0-9]{1,5}(,[^,/\\s]+:[0-9]{1,5})*");
  private static final Pattern CHROOT = Pattern.compile("(/[A-Za-z0-9_.-]+)+");

  static ZkOptions parse(Map<String, String> given, String clusterId) {
    OptionReader reader = new OptionReader(given);
    ZkOptions options =
        new ZkOptions(
            reader.text("connect", "", SERVERS, "host:port, with commas between several"),
            reader.text("chroot", "/holdfast/" + clusterId, CHROOT, "a path such as /holdfast/one"),
            reader.duration("sessionTimeout", "10s"),
            reader.duration("connectionTimeout", "5s"),
            (int) Math.min(reader.sizeBytes("juteMaxBuffer", "1MiB"), JUTE_MAX_BUFFER_MAX));
    reader.check(options.sessionTimeout.toMillis() >= 200, "sessionTimeout is below 200ms");
    reader.check(options.juteMaxBuffer >= 64 << 10, "juteMaxBuffer is below 64KiB");
    reader.finish("zookeeper");
    return options;
  }

  List<String> servers() {
    return List.of(connect.split(","));
  }
}
