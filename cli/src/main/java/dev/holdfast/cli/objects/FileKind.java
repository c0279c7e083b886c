// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.cli.objects;

import java.util.Locale;

/** What a file of a folder is, kept as metadata {@code type}. */
enum FileKind {
  /** Its object holds the bytes. */
  FILE,
  /** Its object is empty and keeps mode and time. */
  FOLDER,
  /** Its object holds the target of the link. */
  SYMLINK;

  String metadataName() {
    return name().toLowerCase(Locale.ROOT);
  }
}
