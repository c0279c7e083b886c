// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.object;

import dev.holdfast.core.version.Content;
import java.time.Duration;

/**
 * @param lease how long an upload stays that nobody uses
 * @param uploadsMax of one client at the same time
 * @param bytesMax of all uploads of one client together; one of unknown size counts as the largest
 *     object
 */
public record UploadSettings(Duration lease, int uploadsMax, long bytesMax) {
  public static final UploadSettings DEFAULT =
      new UploadSettings(Duration.ofHours(24), 256, 32 * Content.SIZE_BYTES_MAX);

  public UploadSettings {
    if (lease.isNegative() || lease.isZero() || uploadsMax < 1 || bytesMax < 1) {
      throw new IllegalArgumentException(
          "lease %s, uploadsMax %d, bytesMax %d".formatted(lease, uploadsMax, bytesMax));
    }
  }
}
