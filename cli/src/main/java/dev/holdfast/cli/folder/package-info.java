/** The data folder of a cluster on this machine: its layout, and which processes run in it. */
@NullMarked
package dev.holdfast.cli.folder;

import org.jspecify.annotations.NullMarked;
