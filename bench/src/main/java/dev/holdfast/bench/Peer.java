// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.bench;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/**
 * A service under measurement: three server processes on this machine, which run until it is
 * closed. It is measured in what it implements of the interfaces below; the table leaves the other
 * rows out.
 */
interface Peer extends AutoCloseable {
  String name();

  /** Makes the code of the peer hot before its first row. */
  void warmUp(Duration time) throws Exception;

  /** Of all servers that run. */
  List<Long> pids();

  @Override
  void close();

  /** Starts the servers of a peer with their data below a folder, and waits until they serve. */
  @FunctionalInterface
  interface Start {
    Peer open(Path folder) throws Exception;
  }

  /** Overwrites keys; each call returns when the write is durable. */
  interface Commits extends Peer {
    /** Makes keys 0 to {@code keys - 1}, each with {@link Load#VALUE_BYTES}. */
    void fill(int keys) throws Exception;

    /** The row of so many callers that overwrite a random one of so many keys. */
    Row commitRow(RowName row, int keys, int callers, Duration warmUp, Duration counted)
        throws Exception;
  }

  /** Keys with values, for callers in this process. */
  interface KeyValues extends Commits {
    /** Overwrites a random one of so many keys; each call returns when the write is durable. */
    Load commits(int keys) throws Exception;

    /** Reads a random one of so many keys, linearizable where the peer can. */
    Load reads(int keys) throws Exception;

    @Override
    default Row commitRow(RowName row, int keys, int callers, Duration warmUp, Duration counted)
        throws Exception {
      return commits(keys).run(name(), row.text(), callers, warmUp, counted);
    }

    @Override
    default void warmUp(Duration time) throws Exception {
      commits(CoordinationBench.KEYS).warmUp(time);
    }
  }

  interface Locks extends Peer {
    /** Acquires and releases. */
    Load lockPairs(LockRow row) throws Exception;
  }

  interface Sessions extends Peer {
    /** Opens so many sessions that live until they are closed. */
    AutoCloseable idleSessions(int count) throws Exception;
  }

  /** Survives its leader, as its writes show. */
  interface Failover extends KeyValues {
    /** Kills the server that leads, by SIGKILL. The answer starts it again and waits for it. */
    Restart killLeader() throws Exception;
  }

  @FunctionalInterface
  interface Restart {
    void run() throws Exception;
  }
}
