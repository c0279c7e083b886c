// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.peer;

import com.esotericsoftware.kryo.KryoException;
import com.esotericsoftware.kryo.io.Input;

/**
 * The bytes of one frame, with what decoding them may cost. Kryo 5.6.2 allocates what a length
 * claims before it looks whether the bytes are there; here a length is checked first, always.
 */
final class FrameInput extends Input {
  /** Elements of all collections of one message together: each costs more memory than its bytes. */
  static final int ELEMENTS_MAX = 65_536;

  /** Records within records. */
  static final int DEPTH_MAX = 32;

  private int elementsLeft = ELEMENTS_MAX;
  private int depth;

  FrameInput(byte[] bytes, int offset, int length) {
    super(bytes, offset, length);
  }

  /** Bytes that follow: never more than there are. */
  byte[] readChecked(int length) {
    if (length < 0 || length > limit() - position()) {
      throw new KryoException(
          "A length of " + length + " is claimed, " + (limit() - position()) + " bytes remain");
    }
    return readBytes(length);
  }

  /** The size of a collection: each element takes one byte at least. */
  int checkedSize(int size) {
    if (size < 0 || size > limit() - position()) {
      throw new KryoException(
          size + " elements are claimed, " + (limit() - position()) + " bytes remain");
    }
    elementsLeft -= size;
    if (elementsLeft < 0) {
      throw new KryoException("A message has at most " + ELEMENTS_MAX + " elements");
    }
    return size;
  }

  void enter() {
    if (++depth > DEPTH_MAX) {
      throw new KryoException("Records are nested at most " + DEPTH_MAX + " deep");
    }
  }

  void leave() {
    depth--;
  }

  void requireEnd() {
    if (position() != limit()) {
      throw new KryoException((limit() - position()) + " bytes follow the message");
    }
  }
}
