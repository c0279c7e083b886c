// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.websocket;

/** The close codes that Holdfast sends (RFC 6455 §7.4). */
public final class CloseCode {
  public static final int NORMAL = 1000;
  public static final int GOING_AWAY = 1001;
  public static final int PROTOCOL_ERROR = 1002;
  public static final int UNSUPPORTED_DATA = 1003;
  public static final int NOT_UTF8 = 1007;
  public static final int POLICY = 1008;
  public static final int TOO_BIG = 1009;
  public static final int INTERNAL = 1011;
  public static final int TRY_LATER = 1013;

  /** Never on the wire: the connection ended without a close frame. */
  public static final int ABNORMAL = 1006;

  private CloseCode() {}
}
