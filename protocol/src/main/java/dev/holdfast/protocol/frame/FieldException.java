// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.protocol.frame;

/** A value that its field does not take; {@link RecordShape} adds which field of which frame. */
final class FieldException extends RuntimeException {
  private static final long serialVersionUID = 1;

  private final FrameException.Code code;

  FieldException(FrameException.Code code, String message) {
    super(message);
    this.code = code;
  }

  FrameException.Code code() {
    return code;
  }
}
