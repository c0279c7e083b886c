// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.spi;

/** The version of this SPI, apart from the version of the product. Plugins name a range of it. */
public final class SpiVersion {
  /** Semantic: a plugin built for {@code >=1.0 <2} runs on every 1.x. */
  public static final String CURRENT = "1.2.0";

  private SpiVersion() {}
}
