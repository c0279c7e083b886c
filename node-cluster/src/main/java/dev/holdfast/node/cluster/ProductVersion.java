// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.cluster;

import java.util.Optional;

/** Which Holdfast this process runs. */
final class ProductVersion {
  /** From the manifest of the jar; a class folder has none. */
  static final String CURRENT =
      Optional.ofNullable(ProductVersion.class.getPackage().getImplementationVersion())
          .orElse("unpackaged");

  private ProductVersion() {}
}
