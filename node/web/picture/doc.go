// Package picture draws what a page shows where it is shared: a quiet card of
// 1200 × 630 pixels with a name, a place and the communes around it.
//
// A picture says less rather than something wrong: a text in a script that
// the fonts lack is left out, never drawn as boxes.
package picture
