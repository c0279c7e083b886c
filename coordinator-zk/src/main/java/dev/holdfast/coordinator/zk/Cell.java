// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.coordinator.zk;

import dev.holdfast.spi.Bytes;
import dev.holdfast.spi.EntryKey;
import dev.holdfast.spi.coordinator.CoordinatorFailedException;
import dev.holdfast.spi.coordinator.Entry;
import java.nio.ByteBuffer;
import org.apache.zookeeper.data.Stat;

/**
 * What is known of an entry's znode.
 *
 * @param zxid of the transaction that wrote it: the entry's revision and its version
 * @param dataVersion ZooKeeper's own, which starts at 0 again when the znode is made again
 * @param lease the session that the entry ends with, 0 for none
 */
record Cell(EntryKey key, Bytes value, long zxid, int dataVersion, long lease) {
  private static final byte FORMAT = 1;
  private static final int HEADER_BYTES = 1 + Long.BYTES;

  Entry entry() {
    return new Entry(key, value, zxid, zxid);
  }

  static byte[] encode(Bytes value, long lease) {
    ByteBuffer data = ByteBuffer.allocate(HEADER_BYTES + value.length());
    return data.put(FORMAT).putLong(lease).put(value.asBuffer()).array();
  }

  /**
   * As its znode was read.
   *
   * @throws CoordinatorFailedException in a format that this version does not know
   */
  static Cell of(EntryKey key, Znode znode) {
    ByteBuffer buffer = znode.data().asBuffer();
    if (buffer.remaining() < HEADER_BYTES || buffer.get() != FORMAT) {
      throw new CoordinatorFailedException(
          "The znode of "
              + key
              + " is in no format that this version knows. Was it written by a newer version? Then"
              + " upgrade this node");
    }
    long lease = buffer.getLong();
    Stat stat = znode.stat();
    return new Cell(key, Bytes.copyOf(buffer), stat.getMzxid(), stat.getVersion(), lease);
  }
}
