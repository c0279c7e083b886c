package dev.holdfast.bench;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;

/**
 * A service under measurement: three server processes on this machine, which run until it is
 * closed. It is asked only for the rows that it names; the table leaves the others out.
 */
interface Peer extends AutoCloseable {
  String name();

  /** Of {@link RowName}. */
  Set<RowName> rows();

  /** Makes keys 0 to {@code keys - 1}, each with {@link Load#VALUE_BYTES}. */
  default void fill(int keys) throws Exception {
    throw new UnsupportedOperationException();
  }

  /** Overwrites a random one of so many keys; each call returns when the write is durable. */
  default Load commits(int keys) throws Exception {
    throw new UnsupportedOperationException();
  }

  /** Reads a random one of so many keys, linearizable where the peer can. */
  default Load reads(int keys) throws Exception {
    throw new UnsupportedOperationException();
  }

  /** Acquires and releases. */
  default Load lockPairs(LockRow row) throws Exception {
    throw new UnsupportedOperationException();
  }

  /** Makes the code of the peer hot before its first row. */
  default void warmUp(Duration time) throws Exception {
    if (rows().contains(RowName.COMMIT)) {
      commits(CoordinationBench.KEYS).warmUp(time);
    } else {
      lockPairs(LockRow.WARM_UP).warmUp(time);
    }
  }

  /** The commit row, for a peer whose callers sit elsewhere than in this process. */
  default Row commitRow(String row, int keys, int callers, Duration warmUp, Duration counted)
      throws Exception {
    return commits(keys).run(name(), row, callers, warmUp, counted);
  }

  /** Opens so many sessions that live until they are closed. */
  default AutoCloseable idleSessions(int count) throws Exception {
    throw new UnsupportedOperationException();
  }

  /** Kills the server that leads, by SIGKILL. The answer starts it again and waits for it. */
  default Restart killLeader() throws Exception {
    throw new UnsupportedOperationException();
  }

  /** Of all servers that run. */
  List<Long> pids();

  @Override
  void close();

  @FunctionalInterface
  interface Restart {
    void run() throws Exception;
  }

  /** Starts the servers of a peer with their data below a folder, and waits until they serve. */
  @FunctionalInterface
  interface Start {
    Peer open(Path folder) throws Exception;
  }
}
