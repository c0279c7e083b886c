// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.websocket;

/** The other side broke the protocol or a limit; the connection ends with this code. */
final class FrameException extends Exception {
  private static final long serialVersionUID = 1;

  private final int code;

  FrameException(int code, String message) {
    super(message);
    this.code = code;
  }

  int code() {
    return code;
  }
}
