package storesim

// ReadArchitecture reads a package file for the fuzz test, which a connection would keep from running fast.
func ReadArchitecture(fileName string, content []byte) (string, error) {
	file, err := readPackage(fileName, content)
	if err != nil {
		return "", err
	}
	return file.architecture, nil
}
