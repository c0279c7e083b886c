// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.coordinator.raft;

import dev.holdfast.coordinator.raft.transport.SocketRpcType;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.apache.ratis.RaftConfigKeys;
import org.apache.ratis.client.RaftClientConfigKeys;
import org.apache.ratis.conf.RaftProperties;
import org.apache.ratis.server.RaftServerConfigKeys;
import org.apache.ratis.util.SizeInBytes;
import org.apache.ratis.util.TimeDuration;

/** Our options, and what we decided for everybody, as keys of Ratis 3.3.0. */
final class RatisSettings {
  /** Largest log entry: a batch that was just below its limit when a full transaction joined. */
  private static final SizeInBytes ENTRY_BYTES_MAX = SizeInBytes.valueOf("4MB");

  private static final SizeInBytes WRITE_BUFFER_BYTES = SizeInBytes.valueOf(4 * 1024 * 1024 + 1024);

  /** The heap of a node is small; followers that need older entries read them from disk. */
  private static final SizeInBytes LOG_CACHE_BYTES = SizeInBytes.valueOf("16MB");

  private static final SizeInBytes SNAPSHOT_CHUNK_BYTES = SizeInBytes.valueOf("1MB");

  private RatisSettings() {}

  static RaftProperties of(RaftOptions options, Path logFolder) {
    RaftProperties properties = new RaftProperties();
    storage(properties, options, logFolder);
    timing(properties, options);
    log(properties, options);
    properties.set(RaftConfigKeys.Rpc.TYPE_KEY, SocketRpcType.class.getName());
    return properties;
  }

  private static void storage(RaftProperties properties, RaftOptions options, Path logFolder) {
    RaftServerConfigKeys.setStorageDir(properties, List.of(logFolder.toFile()));
    RaftServerConfigKeys.setRemovedGroupsDir(properties, logFolder.resolve("removed").toFile());
    RaftServerConfigKeys.setStorageFreeSpaceMin(
        properties, SizeInBytes.valueOf(options.freeSpaceMinBytes()));
  }

  private static void timing(RaftProperties properties, RaftOptions options) {
    RaftServerConfigKeys.Rpc.setTimeoutMin(properties, time(options.electionTimeoutMin()));
    RaftServerConfigKeys.Rpc.setTimeoutMax(properties, time(options.electionTimeoutMax()));
    RaftServerConfigKeys.Rpc.setRequestTimeout(properties, time(options.requestTimeout()));
    RaftServerConfigKeys.Read.setOption(properties, RaftServerConfigKeys.Read.Option.LINEARIZABLE);
    RaftServerConfigKeys.Read.setLeaderLeaseEnabled(properties, false);
    RaftServerConfigKeys.Read.setLeaderHeartbeatCheckEnabled(properties, true);
    // A paused process that wakes up goes on as a follower; it must not close itself.
    RaftServerConfigKeys.setCloseThreshold(properties, time(Duration.ofDays(365)));
    // Our own state remembers batches; this cache would only fill the heap.
    RaftServerConfigKeys.RetryCache.setExpiryTime(properties, time(Duration.ofMillis(500)));
    RaftClientConfigKeys.Rpc.setRequestTimeout(properties, time(options.requestTimeout()));
  }

  private static void log(RaftProperties properties, RaftOptions options) {
    SizeInBytes segment = SizeInBytes.valueOf(options.logSegmentBytes());
    RaftServerConfigKeys.Log.setSegmentSizeMax(properties, segment);
    RaftServerConfigKeys.Log.setPreallocatedSize(
        properties, SizeInBytes.valueOf(Math.min(options.logSegmentBytes(), 4 << 20)));
    RaftServerConfigKeys.Log.setWriteBufferSize(properties, WRITE_BUFFER_BYTES);
    RaftServerConfigKeys.Log.setSegmentCacheNumMax(properties, 2);
    RaftServerConfigKeys.Log.setSegmentCacheSizeMax(properties, LOG_CACHE_BYTES);
    // On the thread that reads the entries, not on one more.
    RaftServerConfigKeys.Log.setAppendEntriesComposeEnabled(properties, false);
    RaftServerConfigKeys.Log.setUnsafeFlushEnabled(properties, false);
    RaftServerConfigKeys.Log.setAsyncFlushEnabled(properties, false);
    // An entry, and an fsync everywhere, for each commit index; SocketAppender tells it more
    // cheaply.
    RaftServerConfigKeys.Log.setLogMetadataEnabled(properties, false);
    RaftServerConfigKeys.Log.setPurgeUptoSnapshotIndex(properties, true);
    RaftServerConfigKeys.Log.setPurgePreservationLogNum(properties, options.logTailEntries());
    RaftServerConfigKeys.Log.setPurgeGap(
        properties, (int) Math.min(1024, Math.max(1, options.snapshotEntries() / 2)));
    RaftServerConfigKeys.Log.Appender.setBufferByteLimit(properties, ENTRY_BYTES_MAX);
    RaftServerConfigKeys.Log.Appender.setWaitTimeMin(
        properties, TimeDuration.valueOf(0, TimeUnit.MILLISECONDS));
    RaftServerConfigKeys.Log.Appender.setInstallSnapshotEnabled(properties, true);
    RaftServerConfigKeys.Log.Appender.setSnapshotChunkSizeMax(properties, SNAPSHOT_CHUNK_BYTES);
    // The checkpoint thread triggers: by entries, by bytes and by time.
    RaftServerConfigKeys.Snapshot.setAutoTriggerEnabled(properties, false);
    RaftServerConfigKeys.Snapshot.setRetentionFileNum(properties, 2);
  }

  private static TimeDuration time(Duration duration) {
    return TimeDuration.valueOf(duration.toMillis(), TimeUnit.MILLISECONDS);
  }
}
