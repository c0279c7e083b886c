// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.protocol;

import java.util.regex.Pattern;

/** Headers of REST that are not of one resource alone. */
public final class WireHeaders {
  /**
   * Request header of a write of an object: its id, chosen by the client. The same write sent again
   * with the same id, to any node, changes nothing and gets the first answer.
   */
  public static final String REQUEST = "Holdfast-Request";

  /**
   * Request header beside {@link #REQUEST}: the newest revision that the client had seen when it
   * first sent the write (R12). 0 when absent.
   */
  public static final String SEEN = "Holdfast-Seen";

  /** Answer header: the revision that the answer rests on. */
  public static final String REVISION = "Holdfast-Revision";

  private static final Pattern REQUEST_ID = Pattern.compile("[A-Za-z0-9_-]{1,64}");

  private WireHeaders() {}

  public static boolean isRequestId(String text) {
    return REQUEST_ID.matcher(text).matches();
  }
}
