// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.protocol.frame;

import org.jspecify.annotations.Nullable;

/** A frame breaks the protocol. Sending it again does not help. */
public final class FrameException extends RuntimeException {
  private static final long serialVersionUID = 1;

  /** What is wrong with the frame. The name is the {@code code} of the error answer. */
  public enum Code {
    /** Not JSON or CBOR, cut half way, or followed by further bytes. */
    FRAME_MALFORMED,
    FRAME_TOO_LARGE,
    FRAME_TYPE_UNKNOWN,
    FRAME_FIELD_UNKNOWN,
    FRAME_FIELD_MISSING,
    /** Wrong type, or out of its range. */
    FRAME_FIELD_INVALID,
    FRAME_FIELD_TOO_LONG
  }

  private final Code code;
  private final long request;

  FrameException(Code code, String message, long request, @Nullable Throwable cause) {
    super(message, cause);
    this.code = code;
    this.request = request;
  }

  public Code code() {
    return code;
  }

  /** Number of the request, 0 when the frame could not be read that far. */
  public long request() {
    return request;
  }
}
