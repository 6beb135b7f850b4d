package redact_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/redact"
)

func BenchmarkString(b *testing.B) {
	for i := range 1000 {
		redact.RegisterURL(fmt.Sprintf("https://blob.example/i/%d?sv=2024-05-04&sr=b&sp=rwl&se=2026-01-01T00%%3A00%%3A00Z&sig=%040d%%3D", i, i))
	}
	const line = "request to the Store: method=GET url=https://manage.devcenter.microsoft.com/v1.0/my/applications/9NBLGGH4R315/flights/5d1fd4f5/submissions/1152921504621442930/status status=200 took=213ms"
	for name, text := range map[string]string{
		"line":    line,
		"escaped": strings.ReplaceAll(line, "/", "%2F"),
		"64 KiB":  strings.Repeat(line+"\n", 64<<10/len(line)),
		"worst":   strings.Repeat(`%25`, 64<<10/3),
		"base64":  strings.Repeat(`QUFB`, 64<<10/4),
		"secret":  line + "?sv=2024-05-04&sr=b&sp=rwl&se=2026-01-01T00%3A00%3A00Z&sig=" + fmt.Sprintf("%040d", 999) + "%3D",
	} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(text)))
			b.ReportAllocs()
			for b.Loop() {
				redact.String(text)
			}
		})
	}
}
