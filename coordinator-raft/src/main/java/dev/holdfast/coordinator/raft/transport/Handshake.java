// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.coordinator.raft.transport;

import dev.holdfast.spi.coordinator.support.SecretProof;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.Arrays;

/**
 * What comes before the first frame. Both sides prove the cluster secret over both nonces; neither
 * says who it is before the other has proven itself:
 *
 * <pre>
 *   caller   → HFR1, nonce
 *   listener → HFR1, nonce, proof("raft listener", both nonces)
 *   caller   → proof("raft caller", both nonces, hello), hello
 * </pre>
 *
 * <p>It holds no more than a few hundred bytes, and all lengths but one are fixed. The owner bounds
 * the time: it closes the socket.
 */
final class Handshake {
  private static final byte[] MAGIC = "HFR1".getBytes(StandardCharsets.US_ASCII);
  private static final String LISTENER = "raft listener";
  private static final String CALLER = "raft caller";
  private static final int HELLO_BYTES_MAX = 1_024;

  private final SecretProof proof;
  private final SecureRandom random;

  Handshake(SecretProof proof, SecureRandom random) {
    this.proof = proof;
    this.random = random;
  }

  /** The other side does not know the cluster secret, or has never heard of a handshake. */
  static final class StrangerException extends IOException {
    private static final long serialVersionUID = 1;

    StrangerException(String message) {
      super(message);
    }
  }

  /**
   * The side of the caller. When this returns, the listener has proven itself and knows who calls.
   */
  void call(Socket socket, Hello hello) throws IOException {
    DataInputStream in = new DataInputStream(socket.getInputStream());
    byte[] own = nonce();
    socket.getOutputStream().write(joined(MAGIC, own));
    byte[] theirs = readNonce(in);
    byte[] shown = read(in, SecretProof.SIZE_BYTES);
    if (!SecretProof.isSame(proof.of(LISTENER, own, theirs), shown)) {
      throw new StrangerException(
          "what listens there does not know the cluster secret of this node. Give both nodes the"
              + " same secret file");
    }
    byte[] said = hello.encode();
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    DataOutputStream out = new DataOutputStream(bytes);
    out.write(proof.of(CALLER, own, theirs, said));
    out.writeShort(said.length);
    out.write(said);
    socket.getOutputStream().write(bytes.toByteArray());
  }

  /** The side of the listener. Returns who calls; a caller without the secret learns nothing. */
  Hello answer(Socket socket) throws IOException {
    DataInputStream in = new DataInputStream(socket.getInputStream());
    byte[] theirs = readNonce(in);
    byte[] own = nonce();
    socket.getOutputStream().write(joined(MAGIC, own, proof.of(LISTENER, theirs, own)));
    byte[] shown = read(in, SecretProof.SIZE_BYTES);
    int size = in.readUnsignedShort();
    if (size > HELLO_BYTES_MAX) {
      throw new StrangerException("it does not speak as a Raft server does");
    }
    byte[] said = read(in, size);
    if (!SecretProof.isSame(proof.of(CALLER, theirs, own, said), shown)) {
      throw new StrangerException("it does not know the cluster secret of this node");
    }
    return Hello.decode(said);
  }

  private byte[] nonce() {
    byte[] nonce = new byte[SecretProof.NONCE_BYTES];
    random.nextBytes(nonce);
    return nonce;
  }

  private static byte[] readNonce(DataInputStream in) throws IOException {
    if (!Arrays.equals(read(in, MAGIC.length), MAGIC)) {
      throw new StrangerException("it does not speak as a Raft server does");
    }
    return read(in, SecretProof.NONCE_BYTES);
  }

  private static byte[] read(DataInputStream in, int size) throws IOException {
    byte[] bytes = new byte[size];
    in.readFully(bytes);
    return bytes;
  }

  private static byte[] joined(byte[]... parts) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      bytes.writeBytes(part);
    }
    return bytes.toByteArray();
  }
}
