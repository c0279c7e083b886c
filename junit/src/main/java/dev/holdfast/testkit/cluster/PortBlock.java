// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.testkit.cluster;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;

/**
 * A range of ports for one cluster. A lock on a file reserves it among all test processes of this
 * machine, and ends with the process that holds it, however it ends.
 */
final class PortBlock implements AutoCloseable {
  static final int NODES_MAX = 10;

  private static final int PORTS_PER_NODE = 10;
  private static final int PORTS_USED_PER_NODE = 3;
  private static final int SIZE = NODES_MAX * PORTS_PER_NODE;

  /** Below the ports that Linux hands out by itself (32768), above those of usual services. */
  private static final int FIRST = 21_000;

  private static final int BLOCKS = 110;

  private final int base;
  private final FileChannel channel;

  private PortBlock(int base, FileChannel channel) {
    this.base = base;
    this.channel = channel;
  }

  /** Reserves a block in which all ports are free now. */
  static PortBlock reserve() {
    return reserve(Path.of(System.getProperty("java.io.tmpdir"), "holdfast-test-ports"));
  }

  static PortBlock reserve(Path folder) {
    for (int i = 0; i < BLOCKS; i++) {
      Optional<PortBlock> block = tryReserve(folder, FIRST + i * SIZE);
      if (block.isPresent()) {
        return block.get();
      }
    }
    throw new IllegalStateException("All " + BLOCKS + " port blocks are in use, see " + folder);
  }

  private static Optional<PortBlock> tryReserve(Path folder, int base) {
    try {
      Files.createDirectories(folder);
      FileChannel channel =
          FileChannel.open(
              folder.resolve(base + ".lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
      if (isLocked(channel) && portsAreFree(base)) {
        return Optional.of(new PortBlock(base, channel));
      }
      channel.close();
      return Optional.empty();
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot reserve ports in " + folder, e);
    }
  }

  private static boolean isLocked(FileChannel channel) throws IOException {
    try {
      FileLock lock = channel.tryLock();
      return lock != null;
    } catch (OverlappingFileLockException e) {
      return false; // another cluster of this process has it
    }
  }

  private static boolean portsAreFree(int base) {
    for (int node = 0; node < NODES_MAX; node++) {
      for (int i = 0; i < PORTS_USED_PER_NODE; i++) {
        if (!isFree(base + node * PORTS_PER_NODE + i)) {
          return false;
        }
      }
    }
    return true;
  }

  private static boolean isFree(int port) {
    try (ServerSocket socket = new ServerSocket()) {
      socket.setReuseAddress(true);
      socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  int base() {
    return base;
  }

  /** Peers use the next port, Raft the one after. */
  int api(int node) {
    if (node >= NODES_MAX) {
      throw new IllegalArgumentException("A local cluster has at most " + NODES_MAX + " nodes");
    }
    return base + node * PORTS_PER_NODE;
  }

  int peer(int node) {
    return api(node) + 1;
  }

  @Override
  public void close() {
    try {
      channel.close();
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot release the ports from " + base, e);
    }
  }
}
