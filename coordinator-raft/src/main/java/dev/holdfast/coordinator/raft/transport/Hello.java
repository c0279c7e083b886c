// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.coordinator.raft.transport;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;

/**
 * Who calls whom, said after the listener has proven itself. A node with an emptied disk listens
 * where its former self did; if it took what is addressed to that one, it would count in its
 * majorities and vote in its name (R2).
 *
 * @param cluster the Raft group
 * @param from the peer that calls
 * @param to the peer that it means
 */
record Hello(String cluster, String from, String to) {
  private static final int VERSION = 2;

  byte[] encode() {
    try {
      ByteArrayOutputStream bytes = new ByteArrayOutputStream();
      DataOutputStream out = new DataOutputStream(bytes);
      out.writeByte(VERSION);
      out.writeUTF(cluster);
      out.writeUTF(from);
      out.writeUTF(to);
      return bytes.toByteArray();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static Hello decode(byte[] bytes) throws IOException {
    DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes));
    int version = in.readUnsignedByte();
    if (version != VERSION) {
      throw new IOException(
          "The caller speaks version " + version + " between Raft servers, here is " + VERSION);
    }
    return new Hello(in.readUTF(), in.readUTF(), in.readUTF());
  }
}
